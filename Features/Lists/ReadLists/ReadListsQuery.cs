using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Lists.ReadLists;

/// <summary>Read every list with its items, or one item; null for all.</summary>
internal sealed record ReadListsQuery(Tenant Tenant, string? List, string? Id) : IRequest<Answer<IReadOnlyDictionary<string, IReadOnlyList<ManagedListItem>>>>;

/// <summary>Nothing to check: a list or an item that cannot exist is not found.</summary>
internal sealed class ReadListsValidator : AbstractValidator<ReadListsQuery>;
