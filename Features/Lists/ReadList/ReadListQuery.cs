using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Lists.ReadList;

/// <summary>Read the active items of one of the database's lists; the name in any case.</summary>
[Unvalidated("a name that cannot exist is not found")]
internal sealed record ReadListQuery(Tenant Tenant, string Name) : IRequest<Answer<IReadOnlyList<ListItem>>>;

/// <summary>One active item, in SuperOffice's names; what it has there and not here is null.</summary>
internal sealed record ListItem([property: JsonPropertyName("Id")] int Id, [property: JsonPropertyName("Name")] string Name, [property: JsonPropertyName("Rank")] int Rank)
{
    [JsonPropertyName("Tooltip")]
    public string? Tooltip { get; init; }

    [JsonPropertyName("Deleted")]
    public bool Deleted { get; init; }
}
