using CrmImport.Infrastructure;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.OpenApi;

return await CommandLine.RunAsync(args, Build);

static WebApplication Build(string[] args)
{
    var builder = WebApplication.CreateBuilder(Hosting.StartOptions(args));
    builder.AddConfiguration();
    builder.Services.AddDatabases();
    builder.Services.AddSessions();
    builder.Services.AddMediation();
    builder.Services.AddContactWriting();
    builder.Services.AddApiDocument();

    var app = builder.Build();
    app.UseMiddleware<HeadMiddleware>();
    app.UseRouting();
    app.UseMiddleware<EnvelopeMiddleware>();
    app.UseMiddleware<OpenConnectionsMiddleware>();
    app.UseMiddleware<EncodedRefsMiddleware>();
    app.UseMiddleware<AccessMiddleware>();

    app.MapLogin();
    app.MapRefreshSession();
    app.MapLogout();
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
    app.MapHealth();
    app.MapApiDocument();
    return app;
}
