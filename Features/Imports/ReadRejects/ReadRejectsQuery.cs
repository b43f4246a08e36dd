using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ReadRejects;

/// <summary>Read rows of an import in the format they came in: the rejected ones with their reasons, or those that were not carried out.</summary>
[Unvalidated("an id that cannot exist is not found")]
internal sealed record ReadRejectsQuery(Tenant Tenant, Caller Caller, string Id, bool IsUnprocessed) : IRequest<Answer<ReturnedRows>>;

/// <summary>The rows as bytes of their format, and the name of a file for them.</summary>
internal sealed record ReturnedRows(InputFormat Format, string FileName, IAsyncEnumerable<ReadOnlyMemory<byte>> Content);
