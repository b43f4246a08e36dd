using CrmImport.Features.Contacts;
using CrmImport.Features.Imports.Reading;

namespace CrmImport.Features.Imports.Running;

/// <summary>Rows of an input that are one contact: neighbours that give it the same and differ in its locations; mostly one.</summary>
internal sealed class RowGroup(InputRow first)
{
    private readonly List<InputRow> rows = [first];

    public IReadOnlyList<InputRow> Rows => rows;

    public InputRow First => rows[0];

    /// <summary>Takes the row in where it is the same contact with other locations.</summary>
    public bool TryAdd(InputRow row)
    {
        if (!First.IsSameContact(row)
            || First.Contact!.Children!.Count + row.Contact!.Children!.Count > row.Contact.Shape.MaxChildren
            || row.Contact.Children.Exists(location => First.Contact.Children.Exists(other => other.Text(ContactFields.LocationRef) == location.Text(ContactFields.LocationRef))))
        {
            return false;
        }

        First.Contact.Children.AddRange(row.Contact.Children);
        rows.Add(row);
        return true;
    }
}

/// <summary>Some of an input's rows, which are carried out together.</summary>
/// <param name="Start">Where they begin.</param>
internal sealed record ImportChunk(InputPosition Start, IReadOnlyList<RowGroup> Groups)
{
    /// <summary>Where the rows after them begin.</summary>
    public InputPosition End => Groups[^1].Rows[^1].End;

    public int RowCount { get; } = Groups.Sum(group => group.Rows.Count);

    /// <summary>Whether the two concern different contacts, and no other records of these: so that neither must see what the other writes.</summary>
    public bool IsApartFrom(ImportChunk other) => HasOwnOnly && other.HasOwnOnly && !Keys.Overlaps(other.Keys);

    private HashSet<(string ClientRef, string ContactRef)> Keys { get; } = [.. Groups.Select(group => (group.First.ClientRef, group.First.ContactRef))];

    // A location's preferred contact and usage type concern others too.
    private bool HasOwnOnly { get; } = Groups.All(group =>
        group.First.Contact?.Children?.Exists(location => location[ContactFields.IsPreferred] is true || location[ContactFields.UsageTypeId] is not null) != true);

    /// <summary>The two halves of a chunk of several contacts.</summary>
    public (ImportChunk First, ImportChunk Second) Split()
    {
        var half = Groups.Count / 2;
        var first = new ImportChunk(Start, [.. Groups.Take(half)]);
        return (first, new ImportChunk(first.End, [.. Groups.Skip(half)]));
    }

    /// <summary>The chunks of an input, one after the other.</summary>
    public static async IAsyncEnumerable<ImportChunk> ReadAsync(RowReader reader, InputPosition start, int rows, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (groups, count) = (new List<RowGroup>(rows), 0);
        BrokenInputException? broken = null;
        while (true)
        {
            InputRow? row = null;
            try
            {
                row = await reader.ReadAsync(cancellationToken);
            }
            catch (BrokenInputException exception)
            {
                broken = exception; // what was read before it counts
            }

            if (row is null)
            {
                break;
            }

            count++;
            if (groups.Count > 0 && groups[^1].TryAdd(row))
            {
                continue;
            }

            if (count > rows)
            {
                var chunk = new ImportChunk(start, groups);
                yield return chunk;
                (groups, count, start) = (new List<RowGroup>(rows), 1, chunk.End);
            }

            groups.Add(new RowGroup(row));
        }

        if (groups.Count > 0)
        {
            yield return new ImportChunk(start, groups);
        }

        if (broken is not null)
        {
            throw broken;
        }
    }
}
