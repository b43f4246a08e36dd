using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.UndoImport;

/// <summary>Give back what an import changed, by an import of its own.</summary>
[Unvalidated("an id that cannot exist is not found")]
internal sealed record UndoImportCommand(Tenant Tenant, Caller Caller, string Id, bool IsDryRun) : IRequest<Answer<Import>>
{
    /// <summary>Whether the answer waits for the undo's end.</summary>
    public bool Waits { get; init; }
}
