namespace CrmImport.Drills;

/// <summary>One way to break things: strikes, sees to it that what it broke is put back, and returns the moment from which the time to recover counts.</summary>
internal sealed record Drill(string Name, string What, Func<Arena, Task<long>> StrikeAsync)
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        new("service", "kill -9 of the service, which is started again", ServiceFaults.KillAsync),
        new("postmaster", "kill -9 of PostgreSQL's postmaster, which is started again", ServerFaults.KillPostmasterAsync),
        new("backend", "kill -9 of one of the service's backends: PostgreSQL recovers as after a crash", ServerFaults.KillBackendAsync),
        new("restart", "PostgreSQL is stopped, fast or immediate, and started again", ServerFaults.RestartAsync),
        new("terminate", "SIGTERM of the service: it answers what it took, exits 0, and is started again", ServiceFaults.TerminateAsync) { AnswersAllItTook = true },
        new("disk", "PostgreSQL's disk is full for a while (needs root, for a small tmpfs)", DiskFault.FillAsync) { OnSmallDisk = true },
        new("connections", "others take all of PostgreSQL's connections for a while", ConnectionsFault.ExhaustAsync),
        new("commit", "connections break or are terminated in the middle of a commit", CommitFault.CutAsync) { OverWire = true },
    ];

    /// <summary>PostgreSQL's data are on a file system of their own, small enough to be filled.</summary>
    public bool OnSmallDisk { get; init; }

    /// <summary>The service reaches PostgreSQL over a <see cref="Wire"/>.</summary>
    public bool OverWire { get; init; }

    /// <summary>No write may be carried out without an answer: an answer that is replayed is one that was not given when it should have been.</summary>
    public bool AnswersAllItTook { get; init; }
}
