using System.Diagnostics;
using Dapper;
using Npgsql;

namespace CrmImport.Drills;

/// <summary>Others take all connections that PostgreSQL has for those who are no superusers; the service's break, and cannot be had back.</summary>
internal static class ConnectionsFault
{
    private const string Terminate = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'CrmImport'";

    private const int Refusals = 16;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    public static async Task<long> ExhaustAsync(Arena arena)
    {
        await using var superuser = await arena.Server.ConnectAsync();
        var others = new List<NpgsqlConnection>();
        try
        {
            await TakeAllAsync(arena, superuser, others);
            var full = Stopwatch.GetTimestamp();
            var isRefused = await Pause.UntilAsync(() => arena.Ledger.RefusedSince(full).Length >= Refusals, Arena.Patience);
            await Pause.ForAsync(arena.RandomTime(100, 1000));
            var refused = arena.Ledger.RefusedSince(full);
            if (!isRefused)
            {
                arena.Ledger.AddWrong("no connection could be had, and writes were not refused");
            }

            if (refused.Count(time => time > MostTime) is > 0 and var late)
            {
                arena.Ledger.AddWrong($"{late} of {refused.Length} refusals took longer than {MostTime.TotalSeconds} s, up to {refused.Max().TotalSeconds:0.0} s");
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

    // The service is quick to take back what it lost: until it has none.
    private static async Task TakeAllAsync(Arena arena, NpgsqlConnection superuser, List<NpgsqlConnection> others)
    {
        var isTaken = await Pause.UntilAsync(
            async () =>
            {
                while (await TryTakeAsync(arena) is { } other)
                {
                    others.Add(other);
                }

                return await superuser.ExecuteScalarAsync<long>(Terminate) == 0;
            },
            Arena.Patience);
        if (!isTaken)
        {
            throw new TimeoutException("the connections could not be taken from the service");
        }
    }

    private static async Task<NpgsqlConnection?> TryTakeAsync(Arena arena)
    {
        var connection = new NpgsqlConnection($"{arena.Server.ConnectionString};Pooling=false;Application Name=drill");
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
