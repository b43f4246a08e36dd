using CrmImport.Infrastructure.Answers;
using MediatR;

namespace CrmImport.Features.Imports.ReadImport;

internal sealed class ReadImportHandler : IRequestHandler<ReadImportQuery, Answer<Import>>
{
    public async Task<Answer<Import>> Handle(ReadImportQuery request, CancellationToken cancellationToken) =>
        await ImportAccess.FindStoredAsync(request.Tenant, request.Caller, request.Id, cancellationToken) is { } import ? import.ToImport() : ImportAccess.NotFound(request.Id);
}
