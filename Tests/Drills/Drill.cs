using CrmImport.Processes;

namespace CrmImport.Drills;

/// <summary>One kind of fault: injects it, undoes it where the service cannot, and returns the moment from which the recovery time counts.</summary>
internal sealed record Drill(string Name, string What, Func<TestBed, Task<long>> InjectFaultAsync)
{
    public static IReadOnlyList<Drill> All { get; } =
    [
        new("service", "kill -9 of the service, which is started again", ServiceFaults.KillAsync),
        new("postmaster", "kill -9 of PostgreSQL's postmaster, which is started again", ServerFaults.KillPostmasterAsync),
        new("backend", "kill -9 of one of the service's backends: PostgreSQL recovers as after a crash", ServerFaults.KillBackendAsync),
        new("restart", "PostgreSQL is stopped, fast or immediate, and started again", ServerFaults.RestartAsync),
        new("terminate", "SIGTERM of the service: it answers the requests it accepted, exits 0, and is started again", ServiceFaults.TerminateAsync) { AnswersAllAccepted = true },
        new("disk", "PostgreSQL's disk is full for a while (needs root, for a small tmpfs)", DiskFault.FillAsync) { OnSmallDisk = true },
        new("connections", "other clients hold all of PostgreSQL's connections for a while", ConnectionsFault.ExhaustAsync),
        new("commit", "connections break or are terminated in the middle of a commit", CommitFault.CutAsync) { ThroughProxy = true },
    ];

    /// <summary>PostgreSQL's data directory is on a file system of its own, small enough to fill.</summary>
    public bool OnSmallDisk { get; init; }

    /// <summary>The service connects to PostgreSQL through a <see cref="DatabaseProxy"/>.</summary>
    public bool ThroughProxy { get; init; }

    /// <summary>No write may be executed without a response: a replayed response is one that was not sent the first time.</summary>
    public bool AnswersAllAccepted { get; init; }
}
