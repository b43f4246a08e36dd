using System.Globalization;

namespace CrmImport.Infrastructure.Http;

/// <summary>Which part of a list is asked for: from which record on (from 0), and how many (source: InTouch REST API).</summary>
internal readonly record struct Page(int Position, int Size)
{
    public const int DefaultSize = 20;

    /// <summary>A larger size is taken as this; the answer tells the one used.</summary>
    public const int MaxSize = 1000;

    public static Answer<Page> Read(IQueryCollection query)
    {
        var problems = new List<Problem>();
        var position = Number("position", 0, 0);
        var size = Number("size", DefaultSize, 1);
        return problems.Count > 0 ? Refusal.Of(problems) : new Page(position, Math.Min(size, MaxSize));

        int Number(string name, int absent, int least)
        {
            if (!query.TryGetValue(name, out var text))
            {
                return absent;
            }

            if (!text.ToString().Contains('\0', StringComparison.Ordinal) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
            {
                return number;
            }

            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, name, $"{name} must be a whole number from {least} to {int.MaxValue}"));
            return absent;
        }
    }
}

/// <summary>A page of a list, in InTouch's keys inside the envelope.</summary>
internal sealed record PageBody<T>(long Total, int Position, int Size, IReadOnlyList<T> Items) : SuccessBody;
