using System.Buffers;

namespace CrmImport.Features.Imports.Reading;

/// <summary>
/// The columns that a table of rejected rows has besides its own, by which it is known when it is sent again; and how texts are kept from being run as formulas by a
/// spreadsheet: an apostrophe before them, which is taken off again on the way in.
/// </summary>
internal static class RejectColumns
{
    public const string Line = "reject_line";
    public const string Code = "reject_code";
    public const string Message = "reject_message";

    /// <summary>The property under which a rejected row of JSON has its line and problems.</summary>
    public const string Property = "_reject";

    private static readonly SearchValues<char> Dangerous = SearchValues.Create("=+-@\t\r");

    public static IReadOnlyList<string> All { get; } = [Line, Code, Message];

    /// <summary>The text as a spreadsheet may see it.</summary>
    public static string Defuse(string text) => IsFormula(text) ? $"'{text}" : text;

    /// <summary>The text as it was before <see cref="Defuse"/>.</summary>
    public static string Arm(string text) => text.StartsWith('\'') && IsFormula(text) ? text[1..] : text;

    // After any apostrophes: what had one already gets another, so that taking one off gives back what was there.
    private static bool IsFormula(string text)
    {
        var bare = text.AsSpan().TrimStart('\'');
        return bare.Length > 0 && Dangerous.Contains(bare[0]);
    }
}
