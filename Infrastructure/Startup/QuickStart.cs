using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Once the service listens, says where, as a line of its log; one with demo data prints three lines to paste too: log in, upsert, read. They are the README's, and tested with it.</summary>
internal sealed partial class QuickStart(IServer server, DatabaseStartup databases, IHostApplicationLifetime lifetime, ILogger<QuickStart> logger) : IHostedService
{
    /// <summary>The sample contact of the Oneserve document, as it stands there but for white space.</summary>
    public const string SampleContact =
        """
        {"clientRef":"29","contactRef":"ZARADILLO1","salutation":"Mr","forename":"John","surname":"Test","contact1":"","contact1Type":"1","contact2":"07123456789","contact2Type":"10","contact3":"test@test.test","contact3Type":"6","contact4":"","contact4Type":"1","preferredContact":"1","address1":"Address line 1","address2":"Address line 2","address3":"Address line 3","address4":"Address line 4","notes":"These are notes","considerations":"These are considerations","postCode":"EX49HL","locations":[{"locationRef":"10174","isPreferred":"True","startDate":"09/07/2019","endDate":"18/12/2019","usageTypeId":"1"}]}
        """;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            if (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } url)
            {
                if (databases.IsEmbedded)
                {
                    Console.WriteLine($"CrmImport listens on {url}, its API is described on {url}/docs\nPaste, line by line:\n\n{Lines(url)}\n");
                }
                else
                {
                    LogListening(url); // in production each line of the output is one of the log
                }
            }
        });
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(LogLevel.Information, "CrmImport listens on {Url}, its API is described on /docs there")]
    private partial void LogListening(string url);

    /// <summary>Log in as the demo operator, upsert the sample contact of the Oneserve document, read its client.</summary>
    public static string Lines(string url) =>
        $$"""
        TOKEN=$(curl -s {{url}}/api/v1/auth/login -H 'x-database: cv_demodb' -H 'Content-Type: application/json' -d '{"op_id":"OWN","op_password":"own"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
        curl -si {{url}}/rest/contact/contact -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{SampleContact}}'
        curl -s {{url}}/api/v1/clients/29 -H "Authorization: Bearer $TOKEN"
        """;
}
