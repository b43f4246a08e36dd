using System.Diagnostics;
using CrmImport.Infrastructure.Database.Embedded;
using Dapper;

namespace CrmImport.Drills;

/// <summary>Kills PostgreSQL or one of its backends, or restarts it.</summary>
internal static class ServerFaults
{
    private const int KillSignal = 9;

    private const string Backends = "select pid from pg_stat_activity where application_name = 'CrmImport' order by state = 'active' desc, random()";

    public static async Task<long> KillPostmasterAsync(TestBed testBed)
    {
        var moment = Stopwatch.GetTimestamp();
        testBed.Server.Kill();
        await testBed.Server.StartAsync();
        return moment;
    }

    public static async Task<long> KillBackendAsync(TestBed testBed)
    {
        await using var connection = await testBed.Server.ConnectAsync();
        var backend = await connection.QueryFirstAsync<int>(Backends);
        var moment = Stopwatch.GetTimestamp();
        _ = Posix.Signal(backend, KillSignal);
        return moment;
    }

    public static async Task<long> RestartAsync(TestBed testBed)
    {
        await testBed.Server.StopAsync(testBed.Random(2) == 0 ? "fast" : "immediate");
        await Wait.ForAsync(testBed.RandomTime(100, 2000));
        await testBed.Server.StartAsync();
        return Stopwatch.GetTimestamp();
    }
}
