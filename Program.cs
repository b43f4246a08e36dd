using CrmImport.Infrastructure;
using CrmImport.Infrastructure.Commands;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.OpenApi;
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

    var app = builder.Build();
    app.UseTelemetry();
    app.UseMiddleware<HeadMiddleware>();
    app.UseRouting();
    app.UseMiddleware<EnvelopeMiddleware>();
    app.UseTransport();
    app.UseMiddleware<EncodedRefsMiddleware>();
    app.UseAccess();

    app.MapLogin();
    app.MapRefreshSession();
    app.MapLogout();
    app.MapUnlockAccount();
    app.MapUpsertContact();
    app.MapPatchContact();
    app.MapEditClient();
    app.MapEditLocation();
    app.MapReadClient();
    app.MapReadContact();
    app.MapReadLocation();
    app.MapListClients();
    app.MapListContacts();
    app.MapListLocations();
    app.MapReadList();
    app.MapCurrentPrincipal();
    app.MapListParties();
    app.MapReadParty();
    app.MapWriteParty();
    app.MapAudit();
    app.MapListAccounts();
    app.MapReadAccount();
    app.MapEditAccount();
    app.MapListEndpoints();
    app.MapReadEndpoint();
    app.MapEditEndpoint();
    app.MapListKeys();
    app.MapAddKey();
    app.MapRevokeKey();
    app.MapReadSettings();
    app.MapEditSettings();
    app.MapListDatabases();
    app.MapReadLists();
    app.MapEditListItem();
    app.MapHealth();
    app.MapMetrics();
    app.MapApiDocument();
    return app;
}
