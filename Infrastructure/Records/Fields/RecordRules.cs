using System.Globalization;
using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using FluentValidation;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>The rules a shape lays on a record: presence, blanks, length, range. Every validator of a record calls this one.</summary>
internal static class RecordRules
{
    private const string Missing = "is missing";

    /// <summary>Adds all problems of the record and its children, in field order; unknown fields last, as warnings.</summary>
    public static void Check<T>(RecordInput record, ValidationContext<T> context)
    {
        foreach (var problem in ProblemsOf(record))
        {
            context.AddProblem(problem);
        }
    }

    /// <summary>The same, for a record that comes to be after validation: what a patch made of a stored one.</summary>
    public static IReadOnlyList<Problem> ProblemsOf(RecordInput record)
    {
        List<Problem>? problems = null; // most records have none
        Collect(record, ref problems);
        return problems ?? (IReadOnlyList<Problem>)[];
    }

    private static void Collect(RecordInput record, ref List<Problem>? problems)
    {
        for (var field = 0; field < record.Shape.Fields.Count; field++)
        {
            if (Fault(record, field) is { } fault)
            {
                (problems ??= []).Add(fault);
            }
        }

        foreach (var child in record.Children ?? [])
        {
            Collect(child, ref problems);
        }

        if (record.Problems.Count > 0)
        {
            (problems ??= []).AddRange(record.Problems);
        }
    }

    /// <summary>What a new record lacks, of which only a part was sent.</summary>
    public static IEnumerable<Problem> MissingOf(RecordInput record) =>
        Enumerable.Range(0, record.Shape.Fields.Count).Where(record.IsMissing).Select(field => record.PathOf(record.Shape.Fields[field]))
            .Select(path => Problem.Severe(ApiErrors.FieldMissing, path, $"{path} {Missing}"));

    /// <summary>What breaks the rules of what was not sent, and so stays as it is stored.</summary>
    public static IEnumerable<Problem> ProblemsOfStored(RecordInput record, object?[] values)
    {
        for (var i = 0; i < record.Shape.Fields.Count; i++)
        {
            var field = record.Shape.Fields[i];
            if (field.Key || field.ReadOnly || record.IsPresent(i))
            {
                continue;
            }

            if ((values[i] is { } value ? FaultOf(field, value) : field is { Mandatory: true, DefaultIfAbsent: null } ? (ApiErrors.FieldMissing, Missing) : null) is ({ } error, var fault))
            {
                yield return Problem.Severe(error, record.PathOf(field), $"{record.PathOf(field)} {fault}");
            }
        }
    }

    private static Problem? Fault(RecordInput record, int index)
    {
        var field = record.Shape.Fields[index];
        if (field.ReadOnly)
        {
            return null; // whatever it is, it is not taken
        }

        if (record.ReadingProblem(index) is { } unreadable)
        {
            return unreadable;
        }

        return record[index] switch
        {
            null when field.DefaultIfAbsent is not null && !record.IsPresent(index) => null,
            null when field.Default is not null => record.IsPresent(index) ? Severe(ApiErrors.FieldNull, "must not be null") : null,
            null when !field.Mandatory => null,
            null when record.IsPresent(index) => Severe(ApiErrors.FieldNull, "must not be null"),
            null when record.IsPartial && !field.Key => null,
            null => Severe(ApiErrors.FieldMissing, Missing),
            var value => FaultOf(field, value) is ({ } error, var fault) ? Severe(error, fault) : null,
        };

        Problem Severe(ApiError error, string fault) => Problem.Severe(error, record.PathOf(field), $"{record.PathOf(field)} {fault}");
    }

    /// <summary>What is wrong with a value that is there: the error, and what follows the field's name in its message.</summary>
    public static (ApiError Error, string Message)? FaultOf(Field field, object value)
    {
        return value switch
        {
            string text when (field.Key || field.NotBlank) && string.IsNullOrWhiteSpace(text) => (ApiErrors.FieldBlank, "must not be blank"),
            "." or ".." when field.Key => (ApiErrors.FieldNotAddressable, "must not be . or .. (not usable in a URL)"),
            string text when IsLonger(text, field.MaxLength) => (ApiErrors.FieldTooLong, $"is longer than {field.MaxLength} characters (it has {LengthOf(text)})"),
            "" when field is { Mandatory: false, Default: null } => null, // it clears the field
            string or int when field.Allowed.Count > 0 && !field.Allowed.Contains(Convert.ToString(value, CultureInfo.InvariantCulture)!) => (ApiErrors.FieldNotAllowed, $"must be one of {string.Join(", ", field.Allowed)}"),
            string text when field.Pattern is not null && !Matches(field.Pattern, text) => (ApiErrors.FieldNotAllowed, $"must match {field.Pattern}"),
            int number when number < field.Minimum || number > field.Maximum => (ApiErrors.FieldOutOfRange, $"must be from {field.Minimum} to {field.Maximum}"),
            _ => null,
        };
    }

    // What takes too long to match, matches not.
    private static bool Matches(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    // PostgreSQL counts characters, string.Length counts UTF-16 units: they differ from the first emoji on.
    internal static bool IsLonger(string text, int maxLength) => text.Length > maxLength && LengthOf(text) > maxLength;

    private static int LengthOf(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
