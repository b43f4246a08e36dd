using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.SubmitImport;

/// <summary>Take an import's input in, to be carried out.</summary>
[Unvalidated("the parameters were checked where they were read, and the input is checked as it arrives")]
internal sealed record SubmitImportCommand(Tenant Tenant, Caller Caller, ImportSource Source, ImportOptions Options, string? Name, ImportKey? Key) : IRequest<Answer<SubmittedImport>>
{
    /// <summary>Whether the answer waits for the import's end.</summary>
    public bool Waits { get; init; }
}

/// <summary>The import, and whether it is that of an earlier request with the same key.</summary>
internal sealed record SubmittedImport(Import Import, bool IsReplay);
