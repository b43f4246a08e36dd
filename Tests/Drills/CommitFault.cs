using System.Diagnostics;
using Dapper;

namespace CrmImport.Drills;

/// <summary>The service's connections break around a commit, or its backends are terminated: what was committed must be read back, never guessed.</summary>
internal static class CommitFault
{
    private const string TerminateActive = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'CrmImport' and state <> 'idle'";

    private static readonly Cut[] Cuts = Enum.GetValues<Cut>();

    public static async Task<long> CutAsync(Arena arena)
    {
        var moment = Stopwatch.GetTimestamp();
        var choice = arena.Random(Cuts.Length + 1);
        if (choice < Cuts.Length)
        {
            await arena.Wire!.CutNextAsync(Cuts[choice]).WaitAsync(Arena.Patience);
            return moment;
        }

        await using var connection = await arena.Server.ConnectAsync();
        await Pause.UntilAsync(async () => await connection.ExecuteScalarAsync<long>(TerminateActive) > 0, Arena.Patience);
        return moment;
    }
}
