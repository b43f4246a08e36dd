using System.Runtime.InteropServices;

namespace CrmImport.Drills;

/// <summary>Runs the drills, each in an arena of its own, and prints a row for each.</summary>
internal static class DrillRun
{
    private const int MostTexts = 10;

    /// <summary>True where nothing was amiss.</summary>
    public static async Task<bool> AllAsync(DrillOptions options)
    {
        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Console.WriteLine($"{options.Writers} concurrent writers, seed {options.Seed}, {Environment.ProcessorCount} processors for all\n\n{DrillResult.Header}");
        var isAllWell = true;
        foreach (var drill in options.Drills.TakeWhile(_ => !stopping.IsCancellationRequested))
        {
            isAllWell &= await OneAsync(drill, options, stopping.Token);
        }

        return isAllWell && !stopping.IsCancellationRequested;

        // What was started is put away before the process ends.
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopping.Cancel();
        }
    }

    private static async Task<bool> OneAsync(Drill drill, DrillOptions options, CancellationToken stopping)
    {
        try
        {
            await using var arena = await Arena.OpenAsync(drill, options);
            var recoveries = new List<TimeSpan>();
            while (recoveries.Count < options.Rounds && !stopping.IsCancellationRequested)
            {
                await Pause.ForAsync(arena.RandomTime(100, 1000));
                recoveries.Add(await arena.RecoverAsync(await drill.StrikeAsync(arena)));
            }

            await arena.StopWritersAsync();
            var findings = Inspection.Inspect(await StoredRows.ReadAsync(arena.Server), arena.Ledger.Writes);
            var result = new DrillResult(drill, recoveries, arena.Ledger, findings);
            Console.WriteLine(result.Row);
            foreach (var text in findings.Select(finding => $"{finding.Kind}: {finding.Text}").Take(MostTexts).Concat(result.Wrong.Take(MostTexts)))
            {
                Console.WriteLine($"  {text}");
            }

            arena.KeepsLogs = !result.IsWell;
            return result.IsWell;
        }
        catch (Exception exception)
        {
            // Whatever it was: a drill that could not be run has failed, and the others are run all the same.
            Console.WriteLine($"| {drill.Name} | not run to its end |\n  {string.Join(' ', exception.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}");
            return false;
        }
    }
}
