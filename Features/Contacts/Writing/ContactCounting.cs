using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Telemetry;
using MediatR;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>Counts the outcome of each contact write, whichever part refused it. Dry runs and replays write nothing and are not counted.</summary>
internal sealed class ContactCounting(CrmMetrics metrics) : IPipelineBehavior<UpsertContactCommand, Answer<WriteAnswer>>
{
    public async Task<Answer<WriteAnswer>> Handle(UpsertContactCommand request, CancellationToken cancellationToken, RequestHandlerDelegate<Answer<WriteAnswer>> next)
    {
        try
        {
            var answer = await next();
            Count(request, answer);
            return answer;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            metrics.ContactRefused(request.Tenant);
            throw;
        }
    }

    private void Count(UpsertContactCommand request, Answer<WriteAnswer> answer)
    {
        if (request.Conditions.IsDryRun || IsTriedAgain(request, answer))
        {
            return;
        }

        if (answer.Refusal is not null)
        {
            metrics.ContactRefused(request.Tenant);
        }
        else if (!answer.Value.IsReplay)
        {
            metrics.ContactWritten(request.Tenant, answer.Value.Outcome);
        }
    }

    // A patch whose contact changed after it was read begins again.
    private static bool IsTriedAgain(UpsertContactCommand request, Answer<WriteAnswer> answer) =>
        request.Mode == ContactWriteMode.Edit && answer.Refusal?.Error == ApiErrors.PreconditionFailed;
}
