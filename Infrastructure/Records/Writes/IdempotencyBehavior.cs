using CrmImport.Infrastructure.Answers;
using MediatR;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>Turns away (409) a write whose idempotency key is being used by another that still runs: the caller's first attempt, mostly.</summary>
internal sealed class IdempotencyBehavior<TRequest, TResponse>(RunningKeys running) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IRequest<TResponse>
    where TResponse : IAnswer<TResponse>
{
    private const int RetryAfterSeconds = 1;

    public async Task<TResponse> Handle(TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<TResponse> next)
    {
        if (request is not IKeyedWrite { Conditions.Key: { } key } write)
        {
            return await next();
        }

        using var entry = running.TryEnter(write, key);
        return entry is not null
            ? await next()
            : TResponse.Refused(new Refusal(ApiErrors.IdempotencyKeyInUse, $"A request with the {IdempotencyKey.Header} {key.Value} is still running") { RetryAfterSeconds = RetryAfterSeconds });
    }
}
