using System.Diagnostics;
using Dapper;

namespace CrmImport.Drills;

/// <summary>Kills the service, or terminates it.</summary>
internal static class ServiceFaults
{
    public static async Task<long> KillAsync(TestBed testBed)
    {
        var moment = Stopwatch.GetTimestamp();
        await testBed.Service.KillAsync();
        await testBed.Service.DisposeAsync();
        await testBed.StartServiceAsync();
        return moment;
    }

    /// <summary>In about every other round a lock blocks the writes in the database, so that all writers are waiting for responses when the service is terminated.</summary>
    public static async Task<long> TerminateAsync(TestBed testBed)
    {
        await using var holder = await testBed.Server.ConnectAsync();
        await using var held = await holder.BeginTransactionAsync();
        if (testBed.Random(2) == 0)
        {
            await holder.ExecuteAsync("lock table audit_entry in share mode");
            await Wait.ForAsync(testBed.RandomTime(100, 300));
        }

        var moment = Stopwatch.GetTimestamp();
        var ending = testBed.Service.TerminateAsync();
        await Wait.ForAsync(testBed.RandomTime(50, 500));
        await held.RollbackAsync();
        if (await ending is not 0 and var code)
        {
            testBed.History.AddUnexpected($"the service ended with exit code {code}");
        }

        if (testBed.History.BrokenAcross(moment) is > 0 and var broken)
        {
            testBed.History.AddUnexpected($"{broken} requests accepted before SIGTERM had no response");
        }

        await testBed.Service.DisposeAsync();
        await testBed.StartServiceAsync();
        return moment;
    }
}
