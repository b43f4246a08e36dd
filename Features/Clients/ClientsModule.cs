using Carter;
using CrmImport.Features.Clients.ArchiveClient;
using CrmImport.Features.Clients.EditClient;
using CrmImport.Features.Clients.ListClients;
using CrmImport.Features.Clients.ReadClient;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Clients;

/// <summary>Clients, to whom contacts and locations belong.</summary>
public sealed class ClientsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var clients = app.MapGroup("/api/v1").WithTags("Clients").Needs(Permissions.ClientRead, Permissions.ContactRead).OnRecord(RecordTypes.Client)
            .WithPath("clientRef", "The client's ref");
        clients.MapGet("/clients", ListClientsEndpoint.HandleAsync).DescribedBy(ListClientsEndpoint.Describe);
        clients.MapPost("/clients", EditClientEndpoint.CreateClientAsync).Needs(Permissions.ClientAdd).DescribedBy(EditClientEndpoint.DescribeCreate);
        clients.MapGet("/clients/{clientRef}", ReadClientEndpoint.HandleAsync).DescribedBy(ReadClientEndpoint.Describe);
        clients.MapPut("/clients/{clientRef}", EditClientEndpoint.ReplaceClientAsync).Needs(Permissions.ClientAdd, Permissions.ClientEdit).DescribedBy(EditClientEndpoint.DescribeReplace);
        clients.MapPatch("/clients/{clientRef}", EditClientEndpoint.PatchClientAsync).Needs(Permissions.ClientEdit).DescribedBy(EditClientEndpoint.DescribePatch);
        clients.MapPost("/clients/{clientRef}", EditClientEndpoint.PatchClientAsync).Needs(Permissions.ClientEdit).DescribedBy(EditClientEndpoint.DescribePatchByPost);
        clients.MapPost("/clients/{clientRef}/archive", ArchiveClientEndpoint.ArchiveAsync).Needs(Permissions.ClientArchive).DescribedBy(ArchiveClientEndpoint.DescribeArchive);
        clients.MapPost("/clients/{clientRef}/restore", ArchiveClientEndpoint.RestoreAsync).Needs(Permissions.ClientArchive).DescribedBy(ArchiveClientEndpoint.DescribeRestore);
        clients.MapDelete("/clients/{clientRef}", ArchiveClientEndpoint.DeleteAsync).Needs().DescribedBy(ArchiveClientEndpoint.DescribeDelete);
    }
}
