using Carter;
using CrmImport.Features.Settings.EditSettings;
using CrmImport.Features.Settings.ListDatabases;
using CrmImport.Features.Settings.ReadSettings;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Settings;

/// <summary>What an administrator decides for a database, and what the database is.</summary>
public sealed class SettingsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var administration = app.MapGroup("/api/v1/admin").WithTags("Settings").Needs(Permissions.Admin);
        administration.MapGet("/settings", ReadSettingsEndpoint.HandleAsync).OnRecord(RecordTypes.Settings).DescribedBy(ReadSettingsEndpoint.Describe);
        administration.MapPatch("/settings", EditSettingsEndpoint.HandleAsync).OnRecord(RecordTypes.Settings).DescribedBy(EditSettingsEndpoint.Describe);
        administration.MapGet("/databases", ListDatabasesEndpoint.HandleAsync).OnRecord(RecordTypes.Database).DescribedBy(ListDatabasesEndpoint.Describe);
    }
}
