using System.Globalization;
using System.Text;

namespace CrmImport.Fuzz;

/// <summary>The table at the end, and the first violations of each kind with their requests.</summary>
internal static class Report
{
    private const int MaxViolations = 20;
    private const int MaxText = 2000;

    public static void Print(Tally tally, Documentation documentation, TimeSpan elapsed, MemoryWatch memory)
    {
        var answers = tally.Statuses.Values.Sum();
        var sorted = tally.Milliseconds.Order().ToArray();
        Row("requests", $"{sorted.Length:n0}, {sorted.Length / elapsed.TotalSeconds:0} a second; {tally.Operations.Count} of {documentation.Operations.Count} operations");
        Row("answers", string.Join(", ", tally.Statuses.GroupBy(status => status.Key / 100).OrderBy(group => group.Key).Select(group => $"{group.Key}xx {group.Sum(status => status.Value):n0}")));
        Row("2xx", $"{tally.Statuses.Where(status => status.Key is >= 200 and < 300).Sum(status => status.Value) / (double)answers:0.0 %}");
        Row("codes met", $"{tally.Codes.Count(documentation.Codes.Contains)} of {documentation.Codes.Count}; not {string.Join(", ", documentation.Codes.Except(tally.Codes))}");
        Row("5xx", string.Join(", ", tally.Statuses.Where(status => status.Key >= 500).OrderBy(status => status.Key).Select(status => $"{status.Key} {status.Value:n0}")) + $"; busy with Retry-After {tally.Busy:n0}");
        Row("violations", $"{tally.ViolationCount:n0}");
        Row("drops", $"{tally.Drops:n0} without an answer, and {tally.AllowedDrops:n0} after broken framing");
        Row("latency", $"p50 {sorted[sorted.Length / 2]:0.0} ms, p99 {sorted[sorted.Length * 99 / 100]:0.0} ms, max {sorted[^1]:0} ms");
        Row("memory", memory.ToString());

        foreach (var alike in tally.Violations.GroupBy(violation => (violation.What, violation.Operation)).Take(MaxViolations))
        {
            var first = alike.First();
            Console.WriteLine($"\n{alike.Count()} x {first.What} · {first.Operation} · {first.Origin}\n  > {Escape(first.Request)}\n  < {Cut(first.Answer)}");
        }
    }

    private static void Row(string name, string text) => Console.WriteLine($"{name,-12}{text}");

    /// <summary>As a shell's printf takes it.</summary>
    private static string Escape(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var one in bytes.Take(MaxText))
        {
            text.Append(one switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n",
                (byte)'\\' => "\\\\",
                >= 0x20 and < 0x7f => ((char)one).ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\x{one:x2}"),
            });
        }

        return Cut(text.ToString());
    }

    private static string Cut(string text) => text.Length > MaxText ? $"{text[..MaxText]}…" : text;
}
