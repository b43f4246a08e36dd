using CrmImport.Infrastructure.Http;
using MediatR;

namespace CrmImport.Features.UpsertContact;

/// <summary>A single upsert is a batch of one.</summary>
internal sealed class UpsertContactHandler(ContactWriter writer) : IRequestHandler<UpsertContactCommand, Answer<UpsertContactResult>>
{
    public async Task<Answer<UpsertContactResult>> Handle(UpsertContactCommand request, CancellationToken cancellationToken) =>
        (await writer.WriteAsync(request.Tenant, [request], cancellationToken))[0];
}
