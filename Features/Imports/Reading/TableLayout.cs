using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.Reading;

/// <summary>The header of a table, and what each of its columns is.</summary>
internal sealed class TableLayout
{
    private const int MaxColumns = 5000;
    private const int MaxNamed = 100;
    private const int MaxColumnsNamed = 5;

    private TableLayout(StoredLayout stored, ColumnTarget?[] targets) => (Stored, Targets) = (stored, targets);

    /// <summary>What the layout is made of again, with the mapping.</summary>
    public StoredLayout Stored { get; }

    /// <summary>Between the cells of a CSV.</summary>
    public char Delimiter => Stored.Delimiter;

    public IReadOnlyList<string> Header => Stored.Header;

    /// <summary>Where the row after the header begins.</summary>
    public InputPosition FirstRow => new(Stored.Offset, Stored.Line);

    /// <summary>By column; null for one that is not imported.</summary>
    public IReadOnlyList<ColumnTarget?> Targets { get; }

    /// <summary>Whether the table is the rejects of an earlier import, whose texts were defused.</summary>
    public bool IsOfRejects { get; private init; }

    /// <summary>The columns that are not imported.</summary>
    public IReadOnlyList<string> Ignored { get; private init; } = [];

    /// <summary>Whether the column is one of a table of rejects.</summary>
    public bool IsReject(int column) => IsOfRejects && column < Header.Count && RejectColumns.All.Contains(Header[column], StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<Problem> Warnings => [.. Ignored.Take(MaxNamed).Select(column => Problem.Warning(ApiErrors.ColumnIgnored, ProblemBudget.Shorten(column), column.Length == 0 ? "A column without a name is not imported" : $"The column {ProblemBudget.Shorten(column)} is no field of a contact and is not imported"))];

    /// <summary>The layout; refused where a key has no column, or a column of the mapping is not there.</summary>
    /// <param name="contact">A contact as the database has it.</param>
    /// <param name="needsKeys">Whether a key without a column is refused.</param>
    public static Answer<TableLayout> Of(StoredLayout stored, ImportMapping? mapping, RecordShape contact, bool needsKeys = true)
    {
        var header = stored.Header;
        if (header.Length > MaxColumns)
        {
            return Refusal.Of(ApiErrors.InvalidFile, "header", $"The header has {header.Length} columns, more than {MaxColumns}");
        }

        var isOfRejects = RejectColumns.All.All(name => header.Contains(name, StringComparer.OrdinalIgnoreCase));
        var columns = header.Select(name => TargetOf(name.Trim(), mapping, contact)).ToArray();
        var problems = (mapping?.Columns.Keys ?? Enumerable.Empty<string>())
            .Where(column => !header.Any(name => name.Trim().Equals(column, StringComparison.OrdinalIgnoreCase)))
            .Select(column => Problem.Severe(ApiErrors.InvalidMapping, ImportMapping.Parameter, $"mapping: the file has no column {ProblemBudget.Shorten(column)}"))
            .Concat(columns.Index().Where(column => column.Item.Target is not null).GroupBy(column => column.Item.Target!).Where(same => same.Count() > 1)
                .Select(same => Problem.Severe(ApiErrors.InvalidMapping, same.Key.Path, $"The columns {string.Join(" and ", same.Take(MaxColumnsNamed).Select(column => ProblemBudget.Shorten(header[column.Index])))} are both {same.Key.Path}")))
            .Concat(needsKeys ? MissingKeys(columns, mapping) : [])
            .Take(MaxNamed).ToArray();
        return problems.Length > 0 ? Refusal.Of(problems) : new TableLayout(stored, [.. columns.Select(column => column.Target)])
        {
            IsOfRejects = isOfRejects,
            Ignored = [.. header.Where((name, index) => columns[index] is (null, false) && !RejectColumns.All.Contains(name, StringComparer.OrdinalIgnoreCase))],
        };
    }

    private static (ColumnTarget? Target, bool IsMapped) TargetOf(string name, ImportMapping? mapping, RecordShape contact) =>
        mapping?.Columns.TryGetValue(name, out var target) == true ? (target is null ? null : ColumnTarget.Of(target, contact), true) : (ColumnTarget.Of(name, contact), false);

    private static IEnumerable<Problem> MissingKeys((ColumnTarget? Target, bool IsMapped)[] columns, ImportMapping? mapping) =>
        new[] { ContactFields.ClientRef, ContactFields.ContactRef }
            .Where(key => !columns.Any(column => column.Target?.Path == key.Name) && mapping?.Constants.ContainsKey(key.Name) != true)
            .Select(key => Problem.Severe(ApiErrors.MissingColumn, key.Name, $"The file has no column {key.Name}; name it in the header or in mapping"));
}

/// <summary>A table's delimiter and header as they are kept with an import, and where the first row begins.</summary>
internal sealed record StoredLayout(char Delimiter, string[] Header, long Offset, long Line);
