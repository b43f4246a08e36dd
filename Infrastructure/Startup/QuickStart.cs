using CrmImport.Infrastructure.OpenApi;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Once the service listens, says where, as a line of its log; one with demo data prints three lines to paste too: log in, upsert, read. They are the README's, and tested with it.</summary>
internal sealed partial class QuickStart(string sampleContact, IServer server, DatabaseStartup databases, LoginExample login, IHostApplicationLifetime lifetime, ILogger<QuickStart> logger) : IHostedService
{
    private const string Database = "cv_demodb";

    // After the databases and before the server, which starts last.
    public Task StartAsync(CancellationToken cancellationToken)
    {
        login.Database = databases.IsEmbedded ? Database : null;
        lifetime.ApplicationStarted.Register(() =>
        {
            if (server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } url)
            {
                if (databases.IsEmbedded)
                {
                    Console.WriteLine($"CrmImport is listening on {url}; API docs: {url}/docs\nTry it:\n\n{Lines(url, sampleContact)}\n");
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

    [LoggerMessage(LogLevel.Information, "CrmImport is listening on {Url}; API docs at /docs")]
    private partial void LogListening(string url);

    /// <summary>Log in as the demo operator, upsert a sample contact, read its client.</summary>
    public static string Lines(string url, string sampleContact) =>
        $$"""
        TOKEN=$(curl -s {{url}}/api/v1/auth/login -H 'x-database: {{Database}}' -H 'Content-Type: application/json' -d '{"op_id":"OWN","op_password":"own"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
        curl -si {{url}}/rest/contact/contact -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d '{{sampleContact}}'
        curl -s {{url}}/api/v1/clients/29 -H "Authorization: Bearer $TOKEN"
        """;
}
