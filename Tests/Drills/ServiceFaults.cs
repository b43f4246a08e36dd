using System.Diagnostics;
using Dapper;

namespace CrmImport.Drills;

/// <summary>The service is killed, or asked to end.</summary>
internal static class ServiceFaults
{
    public static async Task<long> KillAsync(Arena arena)
    {
        var moment = Stopwatch.GetTimestamp();
        await arena.Service.KillAsync();
        await arena.Service.DisposeAsync();
        await arena.StartServiceAsync();
        return moment;
    }

    /// <summary>In every other round, more or less, the writes are held up inside the database, so that all writers wait for their answers when the service is asked to end.</summary>
    public static async Task<long> TerminateAsync(Arena arena)
    {
        await using var holder = await arena.Server.ConnectAsync();
        await using var held = await holder.BeginTransactionAsync();
        if (arena.Random(2) == 0)
        {
            await holder.ExecuteAsync("lock table audit_entry in share mode");
            await Pause.ForAsync(arena.RandomTime(100, 300));
        }

        var moment = Stopwatch.GetTimestamp();
        var ending = arena.Service.TerminateAsync();
        await Pause.ForAsync(arena.RandomTime(50, 500));
        await held.RollbackAsync();
        if (await ending is not 0 and var code)
        {
            arena.Ledger.AddWrong($"the service ended with exit code {code}");
        }

        if (arena.Ledger.BrokenAcross(moment) is > 0 and var broken)
        {
            arena.Ledger.AddWrong($"{broken} requests of before SIGTERM had no answer");
        }

        await arena.Service.DisposeAsync();
        await arena.StartServiceAsync();
        return moment;
    }
}
