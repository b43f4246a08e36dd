using System.Runtime.InteropServices;

namespace CrmImport.Drills;

/// <summary>Runs the drills, each on a test bed of its own, and prints a row for each.</summary>
internal static class DrillRun
{
    private const int MaxTexts = 10;

    /// <summary>True if every drill passed.</summary>
    public static async Task<bool> AllAsync(DrillOptions options)
    {
        using var stopping = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Console.WriteLine($"{options.Writers} concurrent writers, seed {options.Seed}, {Environment.ProcessorCount} processors for all\n\n{DrillResult.Header}");
        var isPassed = true;
        foreach (var drill in options.Drills.TakeWhile(_ => !stopping.IsCancellationRequested))
        {
            isPassed &= await OneAsync(drill, options, stopping.Token);
        }

        if (options.WithImports && !stopping.IsCancellationRequested)
        {
            isPassed &= await ImportDrill.RunAsync(options, stopping.Token);
        }

        return isPassed && !stopping.IsCancellationRequested;

        // Whatever was started is stopped and removed before the process ends.
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
            await using var testBed = await TestBed.OpenAsync(drill, options);
            var recoveries = new List<TimeSpan>();
            while (recoveries.Count < options.Rounds && !stopping.IsCancellationRequested)
            {
                await Wait.ForAsync(testBed.RandomTime(100, 1000));
                recoveries.Add(await testBed.RecoverAsync(await drill.InjectFaultAsync(testBed)));
            }

            await testBed.StopWritersAsync();
            var findings = ConsistencyCheck.Run(await StoredRows.ReadAsync(testBed.Server), testBed.History.Writes);
            var result = new DrillResult(drill, recoveries, testBed.History, findings);
            Console.WriteLine(result.Row);
            foreach (var text in findings.Select(finding => $"{finding.Kind}: {finding.Text}").Take(MaxTexts).Concat(result.Unexpected.Take(MaxTexts)))
            {
                Console.WriteLine($"  {text}");
            }

            testBed.KeepsLogs = !result.IsPassed;
            return result.IsPassed;
        }
        catch (Exception exception)
        {
            // Any exception: a drill that could not finish has failed, and the others still run.
            Console.WriteLine($"| {drill.Name} | did not finish |\n  {string.Join(' ', exception.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}");
            return false;
        }
    }
}
