using Carter;
using CrmImport.Features.Parties.ListParties;
using CrmImport.Features.Parties.ReadParty;
using CrmImport.Features.Parties.WriteParty;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Parties;

/// <summary>The contacts as a directory of parties with numbers (source: InTouch REST API).</summary>
public sealed class PartiesModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var parties = app.MapGroup("/api").WithTags("Parties").Needs(Permissions.ContactRead).OnRecord(RecordTypes.Contact).WithPath("id", "The party's number");
        parties.MapGet("/parties", ListPartiesEndpoint.HandleAsync).DescribedBy(ListPartiesEndpoint.Describe);
        parties.MapPost("/parties", WritePartyEndpoint.PostAsync).Needs(Permissions.ContactAdd).DescribedBy(WritePartyEndpoint.DescribePost);
        parties.MapGet("/parties/{id}", ReadPartyEndpoint.HandleAsync).DescribedBy(ReadPartyEndpoint.Describe);
        parties.MapPut("/parties/{id}", WritePartyEndpoint.PutAsync).Needs(Permissions.ContactEdit).DescribedBy(WritePartyEndpoint.DescribePut);
        parties.MapPost("/parties/{id}", WritePartyEndpoint.PatchAsync).Needs(Permissions.ContactEdit).DescribedBy(WritePartyEndpoint.DescribePatchByPost);
        parties.MapPatch("/parties/{id}", WritePartyEndpoint.PatchAsync).Needs(Permissions.ContactEdit).DescribedBy(WritePartyEndpoint.DescribePatch);
    }
}
