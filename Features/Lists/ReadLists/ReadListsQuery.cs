using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Lists.ReadLists;

/// <summary>Read every list with its items, or one item; null for all.</summary>
[Unvalidated("a list or an item that cannot exist is not found")]
internal sealed record ReadListsQuery(Tenant Tenant, string? List, string? Id) : IRequest<Answer<ManagedLists>>;

/// <summary>The lists by their names, each with its items in order.</summary>
internal sealed class ManagedLists() : Dictionary<string, IReadOnlyList<ManagedListItem>>(StringComparer.Ordinal);
