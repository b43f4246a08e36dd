using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Lists.DeleteListItem;

/// <summary>Delete an item of a list that no record refers to.</summary>
[Unvalidated("an item that cannot exist is not found")]
internal sealed record DeleteListItemCommand(Tenant Tenant, Caller Caller, string List, string Id, WriteConditions Conditions) : IRequest<Answer<WriteAnswer>>, IKeyedWrite;
