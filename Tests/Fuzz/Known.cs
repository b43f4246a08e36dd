namespace CrmImport.Fuzz;

/// <summary>What exists in the database once it is prepared, so that requests can name it, the database itself, and access keys that permit little.</summary>
internal sealed record Known(string Database, string Authority, IReadOnlyList<string> EndpointIds, IReadOnlyList<string> KeyIds, IReadOnlyList<string> WeakKeys)
{
    public const string ServiceAccount = "FUZZED_SERVICE";

    public static IReadOnlyList<string> ClientRefs { get; } = ["29", "FZ1", "FZ2", "FZ/3", "FZ é4"];

    public static IReadOnlyList<string> LocationRefs { get; } = ["10174", "L1", "L2", "L/3"];

    public static IReadOnlyList<string> ContactRefs { get; } = [.. Enumerable.Range(1, 20).Select(number => $"K{number}"), "K/21", "K;22", "K#23", "K é24"];

    /// <summary>Accounts that requests may change: none that a request logs in with.</summary>
    public static IReadOnlyList<string> Accounts { get; } = ["FUZZED1", "FUZZED2", "FUZZED3", ServiceAccount];

    private static readonly string[] ListNames = ["contacttype", "usagetype", "salutation", "task"];

    /// <summary>A value for a parameter or a field of this name that makes the request valid; null where nothing is known of it.</summary>
    public string? Value(Operation operation, string name, Random random) => (operation.Area, name) switch
    {
        (_, "clientRef") => random.Pick(ClientRefs),
        (_, "contactRef") => random.Pick(ContactRefs),
        (_, "locationRef") => random.Pick(LocationRefs),
        ("accounts", "op_id") => random.Pick(Accounts),
        ("endpoints", "id") => random.Pick(EndpointIds),
        ("endpoints", "keyId") => random.Pick(KeyIds),
        ("endpoints", "account") => ServiceAccount,
        ("parties", "id") => $"{random.Next(1, 60)}",
        ("lists", "id") => operation.Method == "GET" ? $"{random.Next(1, 7)}" : $"{random.Next(100, 130)}", // those that contacts need stay
        ("lists" or "MDOList", "name") => random.Pick(ListNames),
        _ => null,
    };
}
