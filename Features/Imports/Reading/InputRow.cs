using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.Reading;

/// <summary>A place in the input between two rows: how many bytes (of a workbook, rows) are before it, and the number of the line it stands in, from 1.</summary>
internal readonly record struct InputPosition(long Offset, long Line)
{
    public static InputPosition Beginning { get; } = new(0, 1);
}

/// <summary>One row of the input: where it begins and ends, and the contact it holds, or why it holds none.</summary>
internal sealed class InputRow(long line, InputPosition end)
{
    /// <summary>The line it begins in, from 1; of an array of JSON, that of the object; of a sheet, the row.</summary>
    public long Line => line;

    /// <summary>Where the next row begins.</summary>
    public InputPosition End => end;

    /// <summary>Why the row could not be read; null where it could.</summary>
    public Problem? Fault { get; init; }

    /// <summary>The contact, with what is wrong with it; null where the row could not be read.</summary>
    public RecordInput? Contact { get; init; }

    /// <summary>The version that the contact must have; null for any.</summary>
    public long? Version { get; init; }

    /// <summary>Whether a key lost blanks around it.</summary>
    public bool IsKeyTrimmed { get; init; }

    /// <summary>The cells of a table's row as they were sent; a row that could not be read is one cell.</summary>
    public string[]? Cells { get; init; }

    /// <summary>A row of JSON as it was sent; empty where it was too large.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }

    public string ClientRef => Contact?.Text(ContactFields.ClientRef) ?? "";

    public string ContactRef => Contact?.Text(ContactFields.ContactRef) ?? "";

    /// <summary>Whether the row gives the contact of the other one exactly what that one gives it, but for the locations.</summary>
    public bool IsSameContact(InputRow other)
    {
        if (Contact is not { } one || other.Contact is not { } two || Version != other.Version || one.Children is not { Count: > 0 } || two.Children is not { Count: > 0 })
        {
            return false;
        }

        for (var i = 0; i < one.Shape.Fields.Count; i++)
        {
            if (one.IsPresent(i) != two.IsPresent(i) || one.IsEmptyText(i) != two.IsEmptyText(i) || one.ReadingProblem(i) is not null || two.ReadingProblem(i) is not null || !Equals(one[i], two[i]))
            {
                return false;
            }
        }

        return one.Problems.Count + two.Problems.Count == 0;
    }
}
