namespace CrmImport.Fuzz;

/// <summary>Faults of the query.</summary>
internal static class QueryFaults
{
    private static readonly string[] Unknown = ["siez", "unknown", "$expand", "%00", "%F0%9F%98%80", "", "a[b]", "__proto__", "%ff"];

    private static readonly string[] Filters =
    [
        "", "(", ")", "((((((((((", "surname", "surname eq", "surname eq 'x", "surname eq x", "surname eq 'a' and", "and", "not", "not not", "surname in ()", "surname in ('a'", "surname xx 'a'", "eq eq eq", "contains(surname)", "contains(surname,'a'", "'a' eq surname",
        "surname eq 'a' surname eq 'b'", "nosuchfield eq 1", "version eq 99999999999999999999", "version eq 1.5", "createdAt gt 'x'", "active eq 2", "surname eq '\0'", "surname eq '😀", "1", "null", "surname gt null", "contact1Type in (1,'a')", "surname eq \"a\"", "-", "--", "/**/",
    ];

    public static IReadOnlyList<Fault> All { get; } =
    [
        (draft, random) => Add(draft, "$filter", random.Pick(Filters)),
        (draft, random) => Add(draft, "$filter", Cut(QueryValues.Filter(draft.Operation, random, 0), random)),
        (draft, random) => Add(draft, "$filter", string.Concat(Enumerable.Repeat(random.Pick(["(", "not ", "surname eq 'a' or "]), random.Next(1, 300)))),
        (draft, random) => Add(draft, random.Pick(["position", "size", "$skip", "$top"]), random.Pick(Rubbish.Numbers)),
        (draft, random) => Add(draft, random.Pick(["orderBy", "$orderBy", "$select", "search"]), random.Pick(Rubbish.Texts)),
        (draft, random) => Add(draft, random.Pick(["from", "to"]), random.Pick(Rubbish.Dates)),
        (draft, random) => draft.Query.Add((random.Pick(Unknown), "1")),
        (draft, random) => Rubbishing(draft, random, Uri.EscapeDataString(random.Pick(Rubbish.Texts))),
        (draft, random) => Rubbishing(draft, random, random.Pick(Rubbish.Segments)),
        (draft, random) => draft.Query.AddRange(draft.Query.ToArray()), // every parameter twice
    ];

    private static void Add(RequestDraft draft, string name, string value) => draft.Query.Add((name, Uri.EscapeDataString(value)));

    private static void Rubbishing(RequestDraft draft, Random random, string value)
    {
        if (draft.Operation.Query.Count > 0)
        {
            draft.Query.Add((Uri.EscapeDataString(random.Pick(draft.Operation.Query.Keys.ToArray())), value));
        }
    }

    private static string Cut(string text, Random random) => text.Remove(random.Next(text.Length), random.Next(1, 3) % text.Length == 0 ? 0 : 1);
}
