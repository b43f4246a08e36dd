namespace CrmImport.Fuzz;

/// <summary>What one connection counted; the tallies of all are added up at the end.</summary>
internal sealed class Tally
{
    private const int MaxViolations = 1000;

    private readonly List<Violation> violations = [];

    public Dictionary<int, int> Statuses { get; } = [];

    public HashSet<string> Codes { get; } = [];

    public HashSet<string> Operations { get; } = [];

    public List<float> Milliseconds { get; } = [];

    public IReadOnlyList<Violation> Violations => violations;

    public int ViolationCount { get; private set; }

    public int Busy { get; set; }

    /// <summary>Connections that ended without an answer although the request was HTTP; those of broken requests are allowed to.</summary>
    public int Drops { get; set; }

    public int AllowedDrops { get; set; }

    public void Add(Violation violation)
    {
        ViolationCount++;
        if (violations.Count < MaxViolations)
        {
            violations.Add(violation);
        }
    }

    public void Add(Tally other)
    {
        foreach (var (status, count) in other.Statuses)
        {
            Statuses[status] = Statuses.GetValueOrDefault(status) + count;
        }

        Codes.UnionWith(other.Codes);
        Operations.UnionWith(other.Operations);
        Milliseconds.AddRange(other.Milliseconds);
        violations.AddRange(other.violations);
        (ViolationCount, Busy, Drops, AllowedDrops) = (ViolationCount + other.ViolationCount, Busy + other.Busy, Drops + other.Drops, AllowedDrops + other.AllowedDrops);
    }
}
