namespace CrmImport.Fuzz;

/// <summary>The requests of one connection: a valid one with a fault or two, or a wild one with many. The same seed makes the same requests, but for credentials and ids that the service chose.</summary>
internal sealed class RequestGenerator(IReadOnlyList<Operation> operations, ValidRequests valid, double wild, int connection, Random random)
{
    private const double BrokenFraming = 0.01;

    // Most of what can go wrong is in the values; the framing is Kestrel's.
    private static readonly IReadOnlyList<Fault>[] Kinds = [PathFaults.All, QueryFaults.All, HeaderFaults.All, HeaderFaults.All, BodyFaults.All, BodyFaults.All];

    private readonly double totalWeight = operations.Sum(operation => operation.Weight);
    private int serial;

    public RequestDraft Next()
    {
        var draft = valid.Make(PickOperation(), random, $"{connection}-{++serial}");
        var faults = random.Chance(wild) ? random.Next(3, 9) : random.Next(4) switch { 0 => 0, 3 => 2, _ => 1 };
        for (; faults > 0; faults--)
        {
            random.Pick(random.Pick(Kinds))(draft, random);
        }

        if (random.Chance(BrokenFraming))
        {
            random.Pick(FramingFaults.All)(draft, random);
        }

        return draft;
    }

    private Operation PickOperation()
    {
        var at = random.NextDouble() * totalWeight;
        return operations.First(operation => (at -= operation.Weight) <= 0);
    }
}
