using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.Records.Lists;

/// <summary>A filter made at random: its text, and what it means, said in C# and not by way of the service's own parser.</summary>
internal sealed record RandomFilter(string Text, Func<JsonObject, bool> Holds)
{
    /// <summary>Texts that are hard in one way or another: LIKE's wildcards, quotes, code points that order otherwise than UTF-16 does.</summary>
    public static readonly string[] Texts = ["", "a", "A", "ab", "aB", "b", "a%", "a_", "%", "_", "\\", "a\\b", "'", "a'b", "ä", "z", "😀", "｡", "null", " a", "1"];

    private static readonly string[] TextFields = ["surname", "forename", "contact1", "contact2", "notes"];
    private static readonly string[] RefFields = ["contactRef", "clientRef"];
    private static readonly string[] NumberFields = ["contact1Type", "contact2Type", "preferredContact", "version"];
    private static readonly string[] Comparers = ["eq", "ne", "gt", "ge", "lt", "le"];
    private static readonly string[] TextComparers = [.. Comparers, "contains", "begins"];

    private static readonly string[] Words =
    [
        "eq", "ne", "gt", "in", "and", "or", "not", "contains", "begins", "null", "true", "surname", "version", "createdAt", "locations", "nosuch",
        "(", ")", ",", "'a'", "'", "''", "1", "-1", "1.5", "'2026-01-01'", "99999999999999999999", "\0", "😀", "é", ";", "--", "/*", "@Value0", "{filter}", "$1", "\"", "\\", "%", "\t",
    ];

    /// <summary>A filter that can be read.</summary>
    public static RandomFilter Next(Random random, int depth = 4) => random.Next(depth > 0 ? 6 : 2) switch
    {
        0 or 1 => Comparison(random),
        2 => Next(random, depth - 1).Negated(random),
        3 => Chain(random, depth, "and", (left, right) => left && right),
        _ => Chain(random, depth, "or", (left, right) => left || right),
    };

    /// <summary>Words of filters in no sensible order.</summary>
    public static string Soup(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => Words[random.Next(Words.Length)] + (random.Next(4) == 0 ? "" : " ")));

    private static RandomFilter Chain(Random random, int depth, string word, Func<bool, bool, bool> join)
    {
        var parts = Enumerable.Range(0, random.Next(2, 4)).Select(_ => Next(random, depth - 1)).ToArray();
        return new RandomFilter($"({string.Join($" {Case(random, word)} ", parts.Select(part => part.Text))})", contact => parts.Select(part => part.Holds(contact)).Aggregate(join));
    }

    private static RandomFilter Comparison(Random random) => random.Next(8) switch
    {
        0 => AgainstNull(random, Pick(random, [.. TextFields, .. NumberFields])),
        1 or 2 => OfNumber(random, Pick(random, NumberFields)),
        3 => OfTime(random),
        4 => OfText(random, Pick(random, RefFields), text => text),
        _ => OfText(random, Pick(random, TextFields), text => text.ToLowerInvariant()),
    };

    private static RandomFilter AgainstNull(Random random, string field) =>
        random.Next(2) == 0 ? new($"{field} eq null", contact => contact[field] is null) : new($"{field} ne null", contact => contact[field] is not null);

    private static RandomFilter OfText(Random random, string field, Func<string, string> folded)
    {
        if (random.Next(5) == 0)
        {
            var values = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Pick(random, Texts)).ToArray();
            return new($"{field} {Case(random, "in")} ({string.Join(", ", values.Select(Quoted))})", contact => contact[field] is { } stored && values.Any(value => folded(value) == folded($"{stored}")));
        }

        var (value, comparer) = (Pick(random, Texts), Pick(random, TextComparers));
        var isFunction = comparer is "contains" or "begins" && random.Next(2) == 0;
        return new(
            isFunction ? $"{Case(random, comparer)}({field},{Quoted(value)})" : $"{field} {Case(random, comparer)} {Quoted(value)}",
            contact => contact[field] is { } stored
                ? comparer switch
                {
                    "contains" => folded($"{stored}").Contains(folded(value), StringComparison.Ordinal),
                    "begins" => folded($"{stored}").StartsWith(folded(value), StringComparison.Ordinal),
                    _ => Compares(comparer, CodePoints(folded($"{stored}")).SequenceCompareTo(CodePoints(folded(value)))),
                }
                : comparer == "ne");
    }

    private static RandomFilter OfNumber(Random random, string field)
    {
        var value = random.NextInt64(-1, 12);
        if (random.Next(5) == 0)
        {
            return new($"{field} in ({value},'{value + 1}')", contact => contact[field] is { } stored && stored.GetValue<long>() is var number && (number == value || number == value + 1));
        }

        var comparer = Pick(random, Comparers);
        return new(
            $"{field} {Case(random, comparer)} {(random.Next(3) == 0 ? $"'{value}'" : $"{value}")}",
            contact => contact[field] is { } stored ? Compares(comparer, stored.GetValue<long>().CompareTo(value)) : comparer == "ne");
    }

    private static RandomFilter OfTime(Random random)
    {
        var value = new DateTime(2026, 1, random.Next(1, 5), 0, 0, 0, DateTimeKind.Utc);
        var comparer = Pick(random, Comparers);
        var text = random.Next(2) == 0 ? value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : value.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        return new($"createdAt {Case(random, comparer)} '{text}'", contact => Compares(comparer, contact["createdAt"]!.GetValue<DateTime>().CompareTo(value)));
    }

    private static bool Compares(string comparer, int sign) => comparer switch
    {
        "eq" => sign == 0,
        "ne" => sign != 0,
        "gt" => sign > 0,
        "ge" => sign >= 0,
        "lt" => sign < 0,
        _ => sign <= 0,
    };

    // UTF-8 orders like code points.
    private static Span<byte> CodePoints(string text) => Encoding.UTF8.GetBytes(text);

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Case(Random random, string word) => random.Next(4) == 0 ? word.ToUpperInvariant() : word;

    private static T Pick<T>(Random random, T[] values) => values[random.Next(values.Length)];

    private RandomFilter Negated(Random random) => new(random.Next(2) == 0 ? $"not ({Text})" : $"not {Text}", contact => !Holds(contact));
}
