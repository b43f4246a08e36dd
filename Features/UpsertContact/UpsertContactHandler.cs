using CrmImport.Infrastructure.Http;
using MediatR;

namespace CrmImport.Features.UpsertContact;

/// <summary>A single upsert joins those that wait: they share a statement and a commit.</summary>
internal sealed class UpsertContactHandler(ContactWriteQueues queues) : IRequestHandler<UpsertContactCommand, Answer<UpsertContactResult>>
{
    public Task<Answer<UpsertContactResult>> Handle(UpsertContactCommand request, CancellationToken cancellationToken) =>
        queues.WriteAsync(request, cancellationToken);
}
