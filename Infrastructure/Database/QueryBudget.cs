using System.Data;
using System.Diagnostics;
using System.Threading.RateLimiting;
using CrmImport.Infrastructure.Answers;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Database;

/// <summary>
/// What queries (lists and the audit) may take of one database, so that no query keeps others from reading or writing a record: together half of the
/// connections, for one account a tenth, and a few seconds each. Who finds all in use waits a while.
/// </summary>
internal sealed class QueryBudget : IAsyncDisposable
{
    private const int MaxWaiting = 100;
    private const int RetryAfterSeconds = 1;

    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly DatabasePool db;
    private readonly int seconds;
    private readonly int slotsOfAnAccount;
    private readonly PartitionedRateLimiter<long> ofAnAccount;
    private readonly ConcurrencyLimiter together;

    public QueryBudget(DatabasePool db, int seconds)
    {
        (this.db, this.seconds) = (db, seconds);
        slotsOfAnAccount = Math.Max(db.Size / 10, 1);
        ofAnAccount = PartitionedRateLimiter.Create<long, long>(accountId => RateLimitPartition.GetConcurrencyLimiter(accountId, _ => Slots(slotsOfAnAccount)));
        together = new ConcurrencyLimiter(Slots(Math.Max(db.Size / 2, 1)));
    }

    /// <summary>
    /// What the statements of a query return, all as of one moment. Refused: <c>query_too_costly</c> where they take longer than the budget,
    /// <c>too_many_requests</c> where the account has too many queries running, <c>busy</c> where all accounts together have.
    /// </summary>
    public async Task<Answer<T>> ReadAsync<T>(long accountId, Func<Query, Task<T>> read, CancellationToken cancellationToken)
    {
        using var own = await WaitAsync(token => ofAnAccount.AcquireAsync(accountId, 1, token), cancellationToken);
        if (own is null)
        {
            return new Refusal(ApiErrors.TooManyRequests, $"The account has too many lists running: at most {slotsOfAnAccount} at a time") { RetryAfterSeconds = RetryAfterSeconds };
        }

        using var one = await WaitAsync(token => together.AcquireAsync(1, token), cancellationToken);
        if (one is null)
        {
            return new Refusal(ApiErrors.Busy, "Too many lists are being read from the database") { RetryAfterSeconds = RetryAfterSeconds };
        }

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        try
        {
            return Answer<T>.Of(await read(new Query(connection, moment, TimeSpan.FromSeconds(seconds), cancellationToken)));
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            return new Refusal(ApiErrors.QueryTooCostly, $"The list took longer than {seconds} second{(seconds == 1 ? "" : "s")}; narrow the filter, or order by the key");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ofAnAccount.DisposeAsync();
        await together.DisposeAsync();
    }

    private static ConcurrencyLimiterOptions Slots(int permits) => new() { PermitLimit = permits, QueueLimit = MaxWaiting };

    // Null where none becomes free in time.
    private static async ValueTask<RateLimitLease?> WaitAsync(Func<CancellationToken, ValueTask<RateLimitLease>> acquire, CancellationToken cancellationToken)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        wait.CancelAfter(MaxWait);
        try
        {
            var lease = await acquire(wait.Token);
            return lease.IsAcquired ? lease : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}

/// <summary>A query under way: its statements share a connection, a moment and a budget of time, which the server keeps.</summary>
internal sealed class Query(NpgsqlConnection connection, NpgsqlTransaction moment, TimeSpan time, CancellationToken cancellationToken)
{
    private const int StepMilliseconds = 100;

    private readonly long start = Stopwatch.GetTimestamp();

    public NpgsqlConnection Connection => connection;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>
    /// The values by the names of their properties. Given them as they are, Dapper would compile a method for each text of a statement and keep it for ever;
    /// the texts of filters are without end.
    /// </summary>
    public static DynamicParameters Parameters(object? values)
    {
        var parameters = new DynamicParameters();
        foreach (var property in values?.GetType().GetProperties() ?? [])
        {
            parameters.Add(property.Name, property.GetValue(values));
        }

        return parameters;
    }

    /// <summary>The statement, which the server cancels when the time that is left, to a tenth of a second, is over.</summary>
    public CommandDefinition Command(string sql, DynamicParameters parameters) => new($"{Limit()}{sql}", parameters, moment, cancellationToken: cancellationToken);

    /// <summary>What stands before a statement for the server to keep its time.</summary>
    public string Limit()
    {
        var left = Math.Max((long)Math.Ceiling((time - Stopwatch.GetElapsedTime(start)).TotalMilliseconds / StepMilliseconds) * StepMilliseconds, 1); // few texts, for who remembers them
        return $"set local statement_timeout = {left};\n";
    }
}
