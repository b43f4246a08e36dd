using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Contacts.UpsertContact;

/// <summary>A single upsert joins those that wait: they share a statement and a commit.</summary>
internal sealed class UpsertContactHandler(ContactWriteQueues queues) : IRequestHandler<UpsertContactCommand, Answer<WriteAnswer>>
{
    public Task<Answer<WriteAnswer>> Handle(UpsertContactCommand request, CancellationToken cancellationToken) =>
        queues.WriteAsync(request, cancellationToken);
}
