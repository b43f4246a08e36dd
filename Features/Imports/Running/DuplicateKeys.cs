using System.Collections;
using CrmImport.Features.Imports.Reading;

namespace CrmImport.Features.Imports.Running;

/// <summary>The contacts that stand in an input more than once, found by reading it twice: first by a bit for each key's hash, then exactly those that met another's bit.</summary>
internal sealed class DuplicateKeys
{
    private const int Bits = 1 << 28; // 32 MiB: of a million keys, one in three hundred meets another's bit

    private readonly Dictionary<(string ClientRef, string ContactRef), long> firstLines;

    private DuplicateKeys(Dictionary<(string ClientRef, string ContactRef), long> firstLines) => this.firstLines = firstLines;

    public static async Task<DuplicateKeys> FindAsync(Func<RowReader> open, CancellationToken cancellationToken)
    {
        var (seen, met) = (new BitArray(Bits), new HashSet<int>());
        await foreach (var row in ContactsAsync(open, cancellationToken))
        {
            var bit = BitOf(row);
            if (seen[bit])
            {
                met.Add(bit);
            }

            seen[bit] = true;
        }

        var lines = new Dictionary<(string ClientRef, string ContactRef), (long First, bool IsAgain)>();
        await foreach (var row in ContactsAsync(open, cancellationToken))
        {
            if (met.Contains(BitOf(row)))
            {
                var key = (row.ClientRef, row.ContactRef);
                lines[key] = lines.TryGetValue(key, out var earlier) ? (earlier.First, true) : (row.Line, false);
            }
        }

        return new(lines.Where(line => line.Value.IsAgain).ToDictionary(line => line.Key, line => line.Value.First));
    }

    /// <summary>Whether the row is not carried out, by what the caller wants of duplicates.</summary>
    public bool IsRejected(InputRow row, DuplicateRows wanted) =>
        firstLines.TryGetValue((row.ClientRef, row.ContactRef), out var first) && (wanted == DuplicateRows.Reject || row.Line != first);

    // Rows that are one contact count once.
    private static async IAsyncEnumerable<InputRow> ContactsAsync(Func<RowReader> open, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = open();
        RowGroup? group = null;
        for (InputRow? row; (row = await NextAsync(reader, cancellationToken)) is not null;)
        {
            if (row.Contact is null || group?.TryAdd(row) == true)
            {
                continue;
            }

            group = new RowGroup(row);
            yield return row;
        }
    }

    // What is broken is reported when it is carried out.
    private static async ValueTask<InputRow?> NextAsync(RowReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (BrokenInputException)
        {
            return null;
        }
    }

    private static int BitOf(InputRow row) => HashCode.Combine(row.ClientRef, row.ContactRef) & (Bits - 1);
}
