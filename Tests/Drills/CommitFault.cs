using System.Diagnostics;
using CrmImport.Processes;
using Dapper;

namespace CrmImport.Drills;

/// <summary>Breaks the service's connections around a commit, or terminates its backends: the service must find out whether the commit succeeded.</summary>
internal static class CommitFault
{
    private const string TerminateActive = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'CrmImport' and state <> 'idle'";

    private static readonly CutPoint[] CutPoints = Enum.GetValues<CutPoint>();

    public static async Task<long> CutAsync(TestBed testBed)
    {
        var moment = Stopwatch.GetTimestamp();
        var choice = testBed.Random(CutPoints.Length + 1);
        if (choice < CutPoints.Length)
        {
            await testBed.Proxy!.CutNextCommitAsync(CutPoints[choice]).WaitAsync(TestBed.Timeout);
            return moment;
        }

        await using var connection = await testBed.Server.ConnectAsync();
        await Wait.UntilAsync(async () => await connection.ExecuteScalarAsync<long>(TerminateActive) > 0, TestBed.Timeout);
        return moment;
    }
}
