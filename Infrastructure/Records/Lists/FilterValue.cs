using System.Globalization;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>Reads the values of a filter by the kind of the field they are compared with; numbers may come as text, like in records.</summary>
internal static class FilterValue
{
    private static readonly string[] TimestampFormats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    public static object? Read(FilterToken token, ListField field, FilterOperator comparison)
    {
        if (token.Is("null"))
        {
            return comparison is FilterOperator.Eq or FilterOperator.Ne
                ? null
                : throw new InvalidFilterException("null can only be compared with eq and ne", token.At);
        }

        object? value = field.Kind switch
        {
            ListKind.Text or ListKind.Ref => token.Kind == FilterTokenKind.Text ? token.Text : null,
            ListKind.Integer => Integer(token),
            ListKind.Decimal => Number(token),
            ListKind.Boolean => Boolean(token),
            _ => Timestamp(token),
        };
        return value ?? throw new InvalidFilterException($"{field.Name} is compared with {Expected(field.Kind)}, not with {token}", token.At);
    }

    /// <summary>The values as an array of their own type, which is what the driver sends.</summary>
    public static Array ArrayOf(List<object> values, ListField field) => field.Kind switch
    {
        ListKind.Text or ListKind.Ref => values.Cast<string>().ToArray(),
        ListKind.Integer => values.Cast<long>().ToArray(),
        ListKind.Decimal => values.Cast<decimal>().ToArray(),
        ListKind.Boolean => values.Cast<bool>().ToArray(),
        _ => values.Cast<DateTime>().ToArray(),
    };

    private static long? Integer(FilterToken token) =>
        token.Kind != FilterTokenKind.Name && long.TryParse(token.Text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static decimal? Number(FilterToken token) =>
        token.Kind != FilterTokenKind.Name && decimal.TryParse(token.Text.Trim(), LenientValue.Decimals, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool? Boolean(FilterToken token) =>
        token.Kind != FilterTokenKind.Number && bool.TryParse(token.Text, out var value) ? value : null;

    private static DateTime? Timestamp(FilterToken token) =>
        token.Kind != FilterTokenKind.Name
        && DateTimeOffset.TryParseExact(token.Text.Trim(), TimestampFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime
            : null;

    private static string Expected(ListKind kind) => kind switch
    {
        ListKind.Text or ListKind.Ref => "a text in single quotes",
        ListKind.Integer => "a whole number",
        ListKind.Decimal => "a number such as 12.50",
        ListKind.Boolean => "true or false",
        _ => "a time such as 2026-01-31 or 2026-01-31T09:30:00Z",
    };
}
