using Npgsql;
using Polly;
using Polly.Retry;

namespace CrmImport.Infrastructure.Database;

/// <summary>
/// For reading only, which harms nobody twice. A server that broke a connection is mostly back in a moment; else the callers get their 503 in two seconds.
/// </summary>
internal static class Reconnecting
{
    public static ResiliencePipeline Pipeline { get; } = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(exception => exception.IsTransient),
            MaxRetryAttempts = 5,
            Delay = TimeSpan.FromMilliseconds(50),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();
}
