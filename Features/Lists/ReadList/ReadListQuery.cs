using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Lists.ReadList;

/// <summary>Read the active items of one of the database's lists; the name in any case.</summary>
internal sealed record ReadListQuery(Tenant Tenant, string Name) : IRequest<Answer<IReadOnlyList<ListItem>>>;

/// <summary>Nothing to check: a name that cannot exist is not found.</summary>
internal sealed class ReadListValidator : AbstractValidator<ReadListQuery>;

/// <summary>One item, in SuperOffice's names.</summary>
internal sealed record ListItem([property: JsonPropertyName("Id")] int Id, [property: JsonPropertyName("Name")] string Name);
