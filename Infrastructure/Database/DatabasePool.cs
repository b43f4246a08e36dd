using System.Data;
using Npgsql;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace CrmImport.Infrastructure.Database;

/// <summary>
/// The connections to one database, behind a circuit breaker: while the database is away its callers fail immediately, without waiting or holding a thread that
/// another database's callers need. Only the opening of a connection is ever tried again here, which has done nothing yet.
/// Whoever wants a connection while all are in use waits here, before the driver: its failure to find a free one would look like that to reach the server.
/// </summary>
internal sealed class DatabasePool : IAsyncDisposable
{
    /// <summary>How often in a row a caller waits for a connection of a pool that is all in use. In between it finds out whether the database has gone away.</summary>
    private const int WaitsForAFreeConnection = 10;

    private const int TriesToConnect = 3;
    private const int FailuresThatBreak = 4;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BreakDuration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SamplingDuration = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RefusalCounts = TimeSpan.FromSeconds(3);

    private readonly NpgsqlDataSource source;
    private readonly SemaphoreSlim free;
    private readonly StateChangeEventHandler release;
    private readonly CircuitBreakerManualControl control = new();
    private readonly ResiliencePipeline<NpgsqlConnection> pipeline;
    private long refusedAt = long.MinValue;

    public DatabasePool(NpgsqlDataSource source)
    {
        this.source = source;
        var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        Size = settings.MaxPoolSize;
        free = new SemaphoreSlim(settings.Pooling ? Size : int.MaxValue);
        release = Release;
        pipeline = new ResiliencePipelineBuilder<NpgsqlConnection>()
            .AddRetry(new RetryStrategyOptions<NpgsqlConnection>
            {
                ShouldHandle = new PredicateBuilder<NpgsqlConnection>().Handle<PoolExhaustedException>(),
                MaxRetryAttempts = WaitsForAFreeConnection - 1,
                Delay = TimeSpan.Zero,
            })
            .AddRetry(new RetryStrategyOptions<NpgsqlConnection>
            {
                ShouldHandle = new PredicateBuilder<NpgsqlConnection>().Handle<NpgsqlException>(exception => exception.IsTransient && exception.InnerException is not TimeoutException),
                MaxRetryAttempts = TriesToConnect - 1,
                Delay = RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
            })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions<NpgsqlConnection>
            {
                ShouldHandle = new PredicateBuilder<NpgsqlConnection>().Handle<NpgsqlException>(MeansAway),
                MinimumThroughput = FailuresThatBreak,
                SamplingDuration = SamplingDuration,
                BreakDuration = BreakDuration,
                ManualControl = control,
            })
            .Build();
    }

    /// <summary>Most connections at a time.</summary>
    public int Size { get; }

    /// <summary>Whether the last connection asked for was not to be had, within the last seconds: the server may be there, and let nobody in.</summary>
    public bool IsRefusing => Interlocked.Read(ref refusedAt) is > long.MinValue and var at && Environment.TickCount64 - at < RefusalCounts.TotalMilliseconds;

    /// <summary>A connection; <see cref="DatabaseAwayException"/> at once while the database is known to be away.</summary>
    public async ValueTask<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken)
    {
        try
        {
            var connection = await pipeline.ExecuteAsync(static (pool, token) => pool.OpenDirectlyAsync(token), this, cancellationToken);
            if (IsRefusing)
            {
                Interlocked.Exchange(ref refusedAt, long.MinValue);
            }

            return connection;
        }
        catch (BrokenCircuitException exception)
        {
            throw new DatabaseAwayException(exception);
        }
        catch (NpgsqlException exception) when (exception is not PoolExhaustedException)
        {
            Interlocked.Exchange(ref refusedAt, Environment.TickCount64);
            throw;
        }
    }

    /// <summary>A connection past the breaker, for those who find out whether the database is there; <see cref="PoolExhaustedException"/> where none becomes free in time.</summary>
    public async ValueTask<NpgsqlConnection> OpenDirectlyAsync(CancellationToken cancellationToken)
    {
        if (!await free.WaitAsync(Wait, cancellationToken))
        {
            throw new PoolExhaustedException();
        }

        try
        {
            var connection = await source.OpenConnectionAsync(cancellationToken);
            connection.StateChange += release;
            return connection;
        }
        catch
        {
            free.Release();
            throw;
        }
    }

    /// <summary>The database hangs: its callers fail immediately until <see cref="TakeBackAsync"/>.</summary>
    public Task GiveUpAsync() => control.IsolateAsync();

    /// <summary>The database answers.</summary>
    public Task TakeBackAsync() => control.CloseAsync();

    /// <summary>Connections that were open when the server went away are of no use to the next caller.</summary>
    public void DropIdle() => source.Clear();

    public ValueTask DisposeAsync() => source.DisposeAsync();

    /// <summary>The server cannot be reached, or is starting or going: it will be there without anybody's changing a setting.</summary>
    public static bool IsNotThere(NpgsqlException exception) =>
        exception is not PostgresException postgres || postgres.SqlState[..2] is "08" or "53" or "57" or "58";

    // Too many connections of others' (53300) harm those who want a new one, not those for whom one is free.
    private static bool MeansAway(NpgsqlException exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => false,
        PostgresException postgres => DatabaseErrors.MeansAway(postgres.SqlState),
        _ => exception is not PoolExhaustedException,
    };

    // Closed or broken, once: a connection is opened here only.
    private void Release(object sender, StateChangeEventArgs change)
    {
        ((NpgsqlConnection)sender).StateChange -= release;
        free.Release();
    }
}

/// <summary>All connections of the pool stayed in use: the database is there, and busy.</summary>
internal sealed class PoolExhaustedException() : NpgsqlException("All connections to the database are in use")
{
    public override bool IsTransient => false; // it was waited for already
}

/// <summary>The database was away a moment ago and is not asked again yet, or was not there yet since the start. Nothing was tried.</summary>
internal sealed class DatabaseAwayException(Exception? inner = null) : NpgsqlException("The database is away", inner)
{
    public override bool IsTransient => false;
}
