using System.Globalization;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>Which part of a list is asked for: from which record on (from 0), and how many (sources: InTouch REST API; <c>$skip</c> and <c>$top</c>, SuperOffice REST API).</summary>
internal readonly record struct Page(int Position, int Size)
{
    public const int DefaultSize = 20;

    /// <summary>Larger sizes are reduced to this; the response has the size used.</summary>
    public const int MaxSize = 1000;

    public static Answer<Page> Read(IQueryCollection query)
    {
        var problems = new List<Problem>();
        var page = Read(query, problems);
        return problems.Count > 0 ? Refusal.Of(problems) : page;
    }

    public static Page Read(IQueryCollection query, List<Problem> problems)
    {
        var position = Either("position", "$skip", 0);
        var size = Either("size", "$top", 1);
        return new Page(position ?? 0, Math.Min(size ?? DefaultSize, MaxSize));

        int? Either(string name, string synonym, int least)
        {
            var (number, same) = (Number(name, least), Number(synonym, least));
            if (number is not null && same is not null && number != same)
            {
                problems.Add(Problem.Severe(ApiErrors.InvalidParameter, synonym, $"{synonym} and {name} are different numbers"));
            }

            return number ?? same;
        }

        int? Number(string name, int least)
        {
            if (!query.TryGetValue(name, out var text))
            {
                return null;
            }

            if (!text.ToString().Contains('\0', StringComparison.Ordinal) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
            {
                return number;
            }

            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, name, $"{name} must be a whole number from {least} to {int.MaxValue}"));
            return null;
        }
    }
}

/// <summary>
/// A page of a list, in InTouch's keys inside the envelope; <c>orderBy</c> and <c>desc</c> are absent where nobody asked for an order. A page of what was changed since
/// has no total and no position, but says how to go on.
/// </summary>
internal sealed record PageBody<T>(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Position,
    int Size,
    [property: JsonPropertyOrder(2)] IReadOnlyList<T> Items) : SuccessBody
{
    /// <summary>The next <c>updatedSince</c>.</summary>
    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Next { get; init; }

    /// <summary>Whether there is more to read at once.</summary>
    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? HasMore { get; init; }

    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? OrderBy { get; init; }

    [JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Desc { get; init; }
}
