using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Clients.ListClients;

/// <summary>Read a page of the clients.</summary>
/// <param name="Shape">A client as the database has it.</param>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListClientsQuery(Tenant Tenant, RecordShape Shape, ListRequest List) : IRequest<Answer<ListPage<ClientItem>>>;

/// <summary>A client's own fields, without its contacts and locations.</summary>
internal sealed record ClientItem(
    string ClientRef, long Id, string? Name, string? Address1, string? Address2, string? Address3, string? Address4, string? PostCode, string? Notes,
    long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ArchivedAt, [property: JsonIgnore] string? Custom)
{
    /// <summary>The fields that the database's administrators added.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? CustomFields { get; set; }
}
