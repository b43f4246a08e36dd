using CrmImport.Processes;

namespace CrmImport.Fuzz;

/// <summary>The resident memory of the service every two seconds, from when the run is warm.</summary>
internal sealed class MemoryWatch(int requests)
{
    private const int MinSamples = 8;

    /// <summary>A shorter run only shows how the service warms up.</summary>
    private const int MinRequests = 200_000;

    /// <summary>From here on memory counts as growing.</summary>
    private const double MaxGrowth = 0.2;

    /// <summary>How often the course of the run is shown.</summary>
    private const int Steps = 10;

    private readonly List<double> samples = [];

    /// <summary>The growth from the median of the first quarter to that of the last; null if there are too few samples.</summary>
    private double? Growth => samples.Count < MinSamples ? null : (Median(samples[^(samples.Count / 4)..]) / Median(samples[..(samples.Count / 4)])) - 1;

    public bool IsFlat => requests < MinRequests || Growth is null or < MaxGrowth;

    public async Task RunAsync(RunningService service, Func<bool> isWarm, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            if (isWarm())
            {
                samples.Add(service.ResidentMegabytes);
            }
        }
    }

    public override string ToString() =>
        samples.Count == 0 ? "not measured"
        : $"{string.Join(' ', Enumerable.Range(0, Steps + 1).Select(step => $"{samples[(samples.Count - 1) * step / Steps]:0}"))} MB, max {samples.Max():0}; "
            + (Growth is { } growth ? $"last quarter {growth:+0.0 %;-0.0 %} on the first: {(requests < MinRequests ? "too few requests to judge" : IsFlat ? "flat" : "growing")}" : "too few samples for a trend");

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
