namespace CrmImport.Drills;

/// <summary>The result of a drill, as a row of the table of drills.</summary>
internal sealed class DrillResult(Drill drill, IReadOnlyList<TimeSpan> recoveries, WriteHistory history, IReadOnlyList<Finding> findings)
{
    public const string Header =
        """
        | drill | rounds | acknowledged | lost | doubled | unaudited | half-written | wrong answers | retried with the key: replayed / executed | time to recover: p50 / max |
        |---|---|---|---|---|---|---|---|---|---|
        """;

    /// <summary>Responses that should not occur, as text.</summary>
    public IReadOnlyList<string> Unexpected { get; } =
    [
        .. history.Unexpected,
        .. drill.AnswersAllAccepted ? history.Writes.Where(write => write.IsReplayed).Select(write => $"{write.Token} was executed, but not answered") : [],
    ];

    public bool IsPassed => findings.Count == 0 && Unexpected.Count == 0 && recoveries.Count > 0;

    public string Row
    {
        get
        {
            var acknowledged = history.Writes.Where(write => write.IsAcknowledged).ToArray();
            var retried = acknowledged.Where(write => write.Attempts > 1).ToArray();
            var times = recoveries.Order().ToArray();
            return $"| {drill.Name} | {recoveries.Count} | {acknowledged.Length:n0} | {Count(FindingKind.Lost)} | {Count(FindingKind.Doubled)} | {Count(FindingKind.Unaudited)} | {Count(FindingKind.HalfWritten)} "
                + $"| {Unexpected.Count} | {retried.Count(write => write.IsReplayed)} / {retried.Count(write => !write.IsReplayed)} "
                + $"| {(times.Length == 0 ? "" : $"{times[times.Length / 2].TotalSeconds:0.00} s / {times[^1].TotalSeconds:0.00} s")} |";
        }
    }

    private int Count(FindingKind kind) => findings.Count(finding => finding.Kind == kind);
}
