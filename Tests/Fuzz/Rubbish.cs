using System.Text;

namespace CrmImport.Fuzz;

/// <summary>Texts and numbers that trip programs up.</summary>
internal static class Rubbish
{
    public const string Injection = "a\r\nX-Injected: 1";

    public static IReadOnlyList<string> Texts { get; } =
    [
        "", " ", ".", "..", "a/b", "%2F", "\0", "a\0b", "\t\n", Injection, "😀", new('é', 51), new('x', 51), new('x', 81), new('x', 201), new('x', 4001), string.Concat(Enumerable.Repeat("😀", 50)),
        "\uFEFFx", "\u202Eabc", "\uFFFE", "e\u0301", "'; drop table contact; --", "' or 1=1", "<script>alert(1)</script>", "${jndi:ldap://x}", "null", "true", "NaN", "-0", "1e1000", "١٢", "%s%n", "\\", "\"",
    ];

    public static IReadOnlyList<string> Numbers { get; } =
        ["0", "-1", "-0", "1", "1.0", "1.5", "1e2", "1e1000", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "99999999999999999999999999", "0x10", "+1", " 1", "1 ", "01", "١", ""];

    public static IReadOnlyList<string> Dates { get; } =
        ["09/07/2019", "2019-07-09", "2019-07-09T00:00:00", "2019-07-09T00:00:00Z", "29/02/2023", "31/12/9999", "0000-00-00", "0001-01-01", "10000-01-01", "2019-13-01", "yesterday", "2019-07-09T25:00:00", "2019-07-09T00:00:00+99:00"];

    /// <summary>Path segments as they stand in a URL.</summary>
    public static IReadOnlyList<string> Segments { get; } =
    [
        "unknown", "%2F", "a%2Fb", "%252F", "a%252Fb", "%2e", "%2e%2e", ".", "..", "...", "%00", "a%00b", "%F0%9F%98%80", "%ff", "%ed%a0%80", "%c0%af", "%EF%BB%BF", "%E2%80%AE", "%", "%2", "%zz", "%25", "+", "%20", "a%20", ";a=b", "a;b", ":", "@", "~", "*",
        "%0d%0aX-Injected:%201", "%23", "%3F", "%5C", "\\", "'", "%22", "", "0", "-1", "1", "99999999999", "9223372036854775808", "00000000-0000-0000-0000-000000000000", new('x', 50), new('x', 51), new('x', 300),
        string.Concat(Enumerable.Repeat("%F0%9F%98%80", 50)), string.Concat(Enumerable.Repeat("%F0%9F%98%80", 51)),
    ];

    /// <summary>The text as the head of a request carries it: a character for each byte of UTF-8.</summary>
    public static string AsHeader(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text)).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal);
}
