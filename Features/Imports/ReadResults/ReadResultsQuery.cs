using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ReadResults;

/// <summary>Read what became of an import's rows: as bytes of NDJSON, in the order of the rows.</summary>
/// <param name="Outcome">Only rows with that outcome; null for all.</param>
[Unvalidated("the parameters were checked where they were read, and an id that cannot exist is not found")]
internal sealed record ReadResultsQuery(Tenant Tenant, Caller Caller, string Id, string? Outcome) : IRequest<Answer<IAsyncEnumerable<ReadOnlyMemory<byte>>>>;
