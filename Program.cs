using Carter;
using CrmImport.Features.Accounts;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Features.Integrations;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Telemetry;

return await CommandLine.RunAsync(args, Build, AccountCommands.Make, EndpointCommands.Make, KeyCommands.Make);

static WebApplication Build(string[] args)
{
    var builder = WebApplication.CreateBuilder(Hosting.StartOptions(args));
    builder.AddConfiguration();
    builder.Services.AddDatabases();
    builder.AddTelemetry();
    builder.Services.AddSessions();
    builder.Services.AddContactWriting();
    builder.Services.AddMediation();
    builder.Services.AddApiDocument();
    builder.Services.AddCarter(configurator: carter => carter.WithEmptyValidators());

    var app = builder.Build();
    app.UseTelemetry();
    app.UseMiddleware<HeadMiddleware>();
    app.UseRouting();
    app.UseMiddleware<EnvelopeMiddleware>();
    app.UseTransport();
    app.UseMiddleware<EncodedRefsMiddleware>();
    app.UseAccess();
    app.UseApiPage();
    app.MapCarter();
    return app;
}
