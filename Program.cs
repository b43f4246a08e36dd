using Carter;
using CrmImport.Features.Accounts;
using CrmImport.Features.Contacts;
using CrmImport.Features.Imports;
using CrmImport.Features.Integrations;
using CrmImport.Features.Lists;
using CrmImport.Features.Rules;
using CrmImport.Features.Settings;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Telemetry;

return await Program.RunAsync(args, Terminal.OfProcess());

internal partial class Program
{
    /// <summary>Serves, or runs a command: its exit code.</summary>
    public static Task<int> RunAsync(string[] args, Terminal terminal) => CommandLine.RunAsync(
        args, terminal, Build, AccountCommands.Make, IntegrationCommands.Make, KeyCommands.Make, ImportCommands.MakeImport, ImportCommands.MakeImports, ListCommands.Make, FieldCommands.Make, SettingsCommands.Make);

    private static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(Hosting.StartOptions(args));
        builder.AddConfiguration();
        builder.AddTransport();
        builder.AddCrossOrigin();
        builder.AddDatabases();
        builder.AddTelemetry();
        builder.AddAuth();
        builder.AddAudit();
        builder.AddContacts(); // before the mediator: what validation refuses is counted too
        builder.AddMediation();
        builder.AddRecordWriting();
        builder.AddImports();
        builder.AddApiDocument();
        builder.AddQuickStart(SampleContact.Json);
        builder.AddShutdown();
        builder.Services.AddCarter(configurator: carter => carter.WithEmptyValidators());

        var app = builder.Build();
        app.UseTelemetry(); // outermost: sees each answer as it goes out
        app.UseMiddleware<MethodMiddleware>();
        app.UseMiddleware<OriginFormMiddleware>();
        app.UseMiddleware<DatabaseInPathMiddleware>();
        app.UseRouting();
        app.UseResponseCompression();
        app.UseMiddleware<EnvelopeMiddleware>(); // whatever fails from here on wears the envelope
        app.UseMetricsPort();
        app.UseMiddleware<AnswerHeadersMiddleware>();
        app.UseHttps(); // before the proxies' headers are read: it judges who really connected
        app.UseTrustedProxies();
        app.UseMiddleware<AddressLimitMiddleware>();
        app.UseCrossOrigin();
        app.UseMiddleware<OpenConnectionsMiddleware>();
        app.UseMiddleware<EncodedRefsMiddleware>();
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<PrincipalLimitMiddleware>();
        app.UseMiddleware<UnknownParametersMiddleware>();
        app.UseApiPage();
        app.MapCarter();
        return app;
    }
}
