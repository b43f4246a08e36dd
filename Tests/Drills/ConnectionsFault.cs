using System.Diagnostics;
using Dapper;
using Npgsql;

namespace CrmImport.Drills;

/// <summary>Other clients take every connection that PostgreSQL allows for non-superusers; the service loses its own and cannot reconnect.</summary>
internal static class ConnectionsFault
{
    private const string Terminate = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'CrmImport'";

    private const int Refusals = 16;

    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(2);

    public static async Task<long> ExhaustAsync(TestBed testBed)
    {
        await using var superuser = await testBed.Server.ConnectAsync();
        var others = new List<NpgsqlConnection>();
        try
        {
            await TakeAllAsync(testBed, superuser, others);
            var full = Stopwatch.GetTimestamp();
            var isRefused = await Wait.UntilAsync(() => testBed.History.RefusedSince(full).Length >= Refusals, TestBed.Timeout);
            await Wait.ForAsync(testBed.RandomTime(100, 1000));
            var refused = testBed.History.RefusedSince(full);
            if (!isRefused)
            {
                testBed.History.AddUnexpected("no connection was available, and writes were not refused");
            }

            if (refused.Count(time => time > MaxTime) is > 0 and var late)
            {
                testBed.History.AddUnexpected($"{late} of {refused.Length} refusals took longer than {MaxTime.TotalSeconds} s, up to {refused.Max().TotalSeconds:0.0} s");
            }
        }
        finally
        {
            foreach (var other in others)
            {
                await other.DisposeAsync();
            }
        }

        return Stopwatch.GetTimestamp();
    }

    // The service reconnects quickly: repeat until it has no connection left.
    private static async Task TakeAllAsync(TestBed testBed, NpgsqlConnection superuser, List<NpgsqlConnection> others)
    {
        var isTaken = await Wait.UntilAsync(
            async () =>
            {
                while (await TryTakeAsync(testBed) is { } other)
                {
                    others.Add(other);
                }

                return await superuser.ExecuteScalarAsync<long>(Terminate) == 0;
            },
            TestBed.Timeout);
        if (!isTaken)
        {
            throw new TimeoutException("the connections could not be taken from the service");
        }
    }

    private static async Task<NpgsqlConnection?> TryTakeAsync(TestBed testBed)
    {
        var connection = new NpgsqlConnection($"{testBed.Server.ConnectionString};Pooling=false;Application Name=drill");
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            await connection.DisposeAsync();
            return null;
        }
    }
}
