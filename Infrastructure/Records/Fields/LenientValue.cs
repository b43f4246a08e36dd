using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>
/// Reads one JSON value the way the documents' clients write them: numbers, booleans and dates may come as text
/// (source: Oneserve contact API, whose own example sends <c>"1"</c> and <c>"True"</c>).
/// </summary>
internal static class LenientValue
{
    private const int MaxDigits = 28;

    /// <summary>How a decimal number may be written.</summary>
    internal const NumberStyles Decimals = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly string[] DateFormats = ["d/M/yyyy", "yyyy-MM-dd"];

    /// <summary>What programs write that know no days: a day is taken where the time of day is midnight.</summary>
    private static readonly string[] MidnightFormats = ["yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    private static readonly string[] TimestampFormats =
        ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mmZ", "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", "yyyy-MM-ddTHH:mmzzz", "yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz"];

    /// <summary>The value as string, int, long, decimal, bool, DateOnly or DateTime; null for null; a <see cref="Problem"/> for what the field cannot hold.</summary>
    public static object? Read(ref Utf8JsonReader reader, Field field, string path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                reader.Skip();
                return WrongType(field, path);
            default:
                return field.Kind switch
                {
                    FieldKind.Text => ReadText(ref reader, field, path),
                    FieldKind.Integer or FieldKind.Long or FieldKind.Decimal => ReadNumber(ref reader, field, path),
                    FieldKind.Boolean => ReadBoolean(ref reader, field, path),
                    _ => ReadDate(ref reader, field, path),
                };
        }
    }

    /// <summary>The string the reader stands on; null where it holds a NUL or a lone surrogate, which PostgreSQL cannot store.</summary>
    public static string? TryGetText(ref Utf8JsonReader reader)
    {
        try
        {
            var text = reader.GetString()!;
            return text.Contains('\0', StringComparison.Ordinal) ? null : text;
        }
        catch (InvalidOperationException)
        {
            return null; // the reader's way to say: an escaped surrogate without its partner
        }
    }

    private static object ReadText(ref Utf8JsonReader reader, Field field, string path)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return WrongType(field, path);
        }

        var text = TryGetText(ref reader);
        return text is null ? Unstorable(path) : field.Key || field.IsRef ? text.Trim() : text;
    }

    /// <summary>The value of a text that stands for it, as in a file's cell: string, int, decimal, bool, DateOnly or DateTime; null for an empty one of a field that may be null; a <see cref="Problem"/> for what the field cannot hold.</summary>
    public static object? Read(string text, Field field, string path)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return Unstorable(path);
        }

        return field.Kind == FieldKind.Text ? (field.Key || field.IsRef ? text.Trim() : text) : Parse(text.Trim(), field, path);
    }

    private static object? ReadNumber(ref Utf8JsonReader reader, Field field, string path) =>
        reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String) ? WrongType(field, path) : Parse(Token(ref reader), field, path);

    private static object? ReadBoolean(ref Utf8JsonReader reader, Field field, string path) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.TokenType == JsonTokenType.True : Parse(Token(ref reader), field, path);

    private static object? ReadDate(ref Utf8JsonReader reader, Field field, string path) =>
        reader.TokenType != JsonTokenType.String ? WrongType(field, path) : Parse(Token(ref reader), field, path);

    // Null: a text that cannot be stored.
    private static object? Parse(string? text, Field field, string path) => text switch
    {
        null => Unstorable(path),
        "" when !field.Mandatory => null,
        _ => field.Kind switch
        {
            FieldKind.Integer => ParseInteger(text, path),
            FieldKind.Long => ParseLong(text, path),
            FieldKind.Decimal => ParseDecimal(text, path),
            FieldKind.Boolean => ParseBoolean(text, path),
            FieldKind.Timestamp => ParseTimestamp(text, path),
            _ => ParseDate(text, path),
        },
    };

    private static object ParseInteger(string text, string path) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : Problem.Severe(ApiErrors.FieldNotInteger, path, $"{path} must be a whole number");

    private static object ParseLong(string text, string path) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : Problem.Severe(ApiErrors.FieldNotInteger, path, $"{path} must be a whole number");

    // As JSON has it, and exactly: what has more digits than a decimal is no number here. Zeros at the end say nothing, and are not kept.
    private static object ParseDecimal(string text, string path) =>
        decimal.TryParse(text, Decimals, CultureInfo.InvariantCulture, out var number) && IsExact(text) ? WithoutZeros(number)
            : Problem.Severe(ApiErrors.FieldNotDecimal, path, $"{path} must be a number of at most {MaxDigits} digits, such as 12.50");

    private static decimal WithoutZeros(decimal number) => number / 1.0000000000000000000000000000m;

    private static bool IsExact(string number)
    {
        var exponent = 0;
        if (number.ToLowerInvariant().Split('e') is not [var mantissa, .. var rest] || (rest is [var power] && !int.TryParse(power, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)))
        {
            return false;
        }

        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : mantissa[(point + 1)..].TrimEnd('0').Length;
        return mantissa.Replace(".", "", StringComparison.Ordinal).Trim('+', '-', '0').Length <= MaxDigits && decimals - exponent <= MaxDigits;
    }

    private static object ParseBoolean(string text, string path) => text.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" or "y" => true,
        "false" or "0" or "no" or "n" => false,
        _ => Problem.Severe(ApiErrors.FieldNotBoolean, path, $"{path} must be true or false (1, yes, y, 0, no and n are accepted too)"),
    };

    private static object ParseDate(string text, string path) =>
        DateOnly.TryParseExact(text, DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
            : DateTimeOffset.TryParseExact(text, MidnightFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && time.TimeOfDay == TimeSpan.Zero ? DateOnly.FromDateTime(time.DateTime)
            : Problem.Severe(ApiErrors.FieldNotDate, path, $"{path} must be a date (dd/MM/yyyy or yyyy-MM-dd)");

    // A time without its offset is UTC, as in filters.
    private static object ParseTimestamp(string text, string path) =>
        DateTimeOffset.TryParseExact(text, TimestampFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.UtcDateTime
            : Problem.Severe(ApiErrors.FieldNotAllowed, path, $"{path} must be a time such as 2027-01-01T00:00:00Z");

    // The digits of a number as they were written (1.0 and 1e0 are no whole numbers), or the text without the blanks around it.
    private static string? Token(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String
            ? TryGetText(ref reader)?.Trim()
            : Encoding.UTF8.GetString(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);

    internal static Problem WrongType(Field field, string path) =>
        Problem.Severe(ApiErrors.FieldWrongType, path, field.Kind switch
        {
            FieldKind.Text => $"{path} must be text",
            FieldKind.Integer or FieldKind.Long => $"{path} must be a whole number",
            FieldKind.Decimal => $"{path} must be a number",
            FieldKind.Boolean => $"{path} must be true or false",
            FieldKind.TextList => $"{path} must be an array of texts",
            FieldKind.Timestamp => $"{path} must be a time as text",
            _ => $"{path} must be a date as text",
        });

    internal static Problem Unstorable(string path) =>
        Problem.Severe(ApiErrors.InvalidCharacters, path, $"{path} contains a NUL or a lone surrogate");
}
