using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Contacts;
using CrmImport.Features.Locations;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Clients.ReadClient;

/// <summary>Read one client, as far as the caller may.</summary>
/// <param name="Rules">By which clients, contacts and locations have the fields that the database's administrators added.</param>
[Unvalidated("a ref that cannot exist is not found")]
internal sealed record ReadClientQuery(Tenant Tenant, FieldRules Rules, Caller Caller, string ClientRef, ArchivedFilter Archived) : IRequest<Answer<Client>>
{
    public bool WithContacts => Caller.Can(Permissions.ContactRead);

    /// <summary>Who may read contacts sees locations on every route.</summary>
    public bool WithLocations => WithContacts || Caller.Can(Permissions.LocationRead);
}

/// <summary>A client, its contacts and its locations; the totals count all of them, the arrays hold the first ones by ref. What the caller may not read is absent: an empty array would say that there is none.</summary>
internal sealed record Client(
    string ClientRef, long Id, string? Name, string? Address1, string? Address2, string? Address3, string? Address4, string? PostCode, string? Notes,
    long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ArchivedAt, [property: JsonIgnore] string? Custom)
{
    /// <summary>The fields that the database's administrators added.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? CustomFields { get; set; }

    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Contact>? Contacts { get; init; }

    [JsonPropertyOrder(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ContactsTotal { get; init; }

    [JsonPropertyOrder(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Location>? Locations { get; init; }

    [JsonPropertyOrder(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? LocationsTotal { get; init; }
}
