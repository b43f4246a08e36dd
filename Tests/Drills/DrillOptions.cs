using System.Globalization;

namespace CrmImport.Drills;

/// <summary>Which drills to run, how many rounds of each, with how many concurrent writers; the same seed repeats the random moments and writes.</summary>
internal sealed record DrillOptions(IReadOnlyList<Drill> Drills, int Rounds, int Writers, int Seed)
{
    /// <summary>Whether files are imported under faults, too.</summary>
    public bool WithImports { get; private init; } = true;

    public static string Usage =>
        $"""
        Usage: Drills [--drill name,…] [--rounds 20] [--writers 16] [--seed n]
        Drills, all unless named:
        {string.Join('\n', Drill.All.Select(drill => (drill.Name, drill.What)).Append((ImportDrill.Name, ImportDrill.What)).Select(drill => $"  {drill.Item1,-12} {drill.Item2}"))}
        """;

    /// <summary>Null if the arguments are invalid, or ask for help.</summary>
    public static DrillOptions? Parse(string[] args)
    {
        var options = new DrillOptions(Drill.All, 20, 16, Random.Shared.Next(1_000_000));
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = args.ElementAtOrDefault(i + 1) ?? "";
            var isNumber = int.TryParse(value, CultureInfo.InvariantCulture, out var number) && number >= 0;
            switch (args[i])
            {
                case "--drill" when value.Split(',').All(name => name == ImportDrill.Name || Drill.All.Any(drill => drill.Name == name)):
                    options = options with { Drills = [.. Drill.All.Where(drill => value.Split(',').Contains(drill.Name))], WithImports = value.Split(',').Contains(ImportDrill.Name) };
                    break;
                case "--rounds" when isNumber && number > 0:
                    options = options with { Rounds = number };
                    break;
                case "--writers" when isNumber && number > 0:
                    options = options with { Writers = number };
                    break;
                case "--seed" when isNumber:
                    options = options with { Seed = number };
                    break;
                default:
                    return null;
            }
        }

        return options;
    }
}
