using System.Diagnostics;
using CrmImport.Infrastructure.Database.Embedded;
using Dapper;

namespace CrmImport.Drills;

/// <summary>PostgreSQL is killed, loses a backend, or is stopped and started.</summary>
internal static class ServerFaults
{
    private const int KillSignal = 9;

    private const string Backends = "select pid from pg_stat_activity where application_name = 'CrmImport' order by state = 'active' desc, random()";

    public static async Task<long> KillPostmasterAsync(Arena arena)
    {
        var moment = Stopwatch.GetTimestamp();
        arena.Server.Kill();
        await arena.Server.StartAsync();
        return moment;
    }

    public static async Task<long> KillBackendAsync(Arena arena)
    {
        await using var connection = await arena.Server.ConnectAsync();
        var backend = await connection.QueryFirstAsync<int>(Backends);
        var moment = Stopwatch.GetTimestamp();
        _ = Posix.Signal(backend, KillSignal);
        return moment;
    }

    public static async Task<long> RestartAsync(Arena arena)
    {
        await arena.Server.StopAsync(arena.Random(2) == 0 ? "fast" : "immediate");
        await Pause.ForAsync(arena.RandomTime(100, 2000));
        await arena.Server.StartAsync();
        return Stopwatch.GetTimestamp();
    }
}
