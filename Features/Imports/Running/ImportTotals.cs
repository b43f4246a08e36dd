using System.Text.Json;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Features.Imports.Running;

/// <summary>What an import has come to: its counts, and where it goes on.</summary>
internal sealed class ImportTotals
{
    private const int MaxKinds = 100;

    private readonly Dictionary<(string Code, string? Field), RejectedRows> rejects = [];

    public ImportTotals()
    {
    }

    public ImportTotals(ImportTable import)
    {
        (Next, RowsRead, RowsCreated, RowsUpdated, RowsUnchanged, RowsRejected, KeysChanged) =
            (import.Next, import.RowsRead, import.RowsCreated, import.RowsUpdated, import.RowsUnchanged, import.RowsRejected, import.KeysChanged);
        foreach (var kind in JsonSerializer.Deserialize(import.Rejects, ImportJson.Default.IReadOnlyListRejectedRows)!)
        {
            rejects[(kind.Code, kind.Field)] = kind;
        }
    }

    private ImportTotals(ImportTotals other)
    {
        (Next, RowsRead, RowsCreated, RowsUpdated, RowsUnchanged, RowsRejected, KeysChanged) =
            (other.Next, other.RowsRead, other.RowsCreated, other.RowsUpdated, other.RowsUnchanged, other.RowsRejected, other.KeysChanged);
        rejects = new(other.rejects);
    }

    public InputPosition Next { get; set; } = InputPosition.Beginning;

    public long RowsRead { get; set; }

    public long RowsCreated { get; set; }

    public long RowsUpdated { get; set; }

    public long RowsUnchanged { get; set; }

    public long RowsRejected { get; set; }

    public long KeysChanged { get; set; }

    /// <summary>A copy, which becomes the totals once what it counts is stored.</summary>
    public ImportTotals Copy() => new(this);

    public void Count(WriteOutcome outcome, int rows)
    {
        RowsRead += rows;
        switch (outcome)
        {
            case WriteOutcome.Created:
                RowsCreated += rows;
                break;
            case WriteOutcome.Updated:
                RowsUpdated += rows;
                break;
            default:
                RowsUnchanged += rows;
                break;
        }
    }

    /// <summary>Counts rejected rows under the first of their problems.</summary>
    public void CountRejected(Problem first, long line, int rows)
    {
        RowsRead += rows;
        RowsRejected += rows;
        var key = (first.Code, first.Field);
        if (rejects.TryGetValue(key, out var kind))
        {
            rejects[key] = kind with { Rows = kind.Rows + rows };
        }
        else if (rejects.Count < MaxKinds)
        {
            rejects[key] = new RejectedRows(first.Code, first.Field, rows, line, first.Message);
        }
    }

    public string RejectsJson() => JsonSerializer.Serialize<IReadOnlyList<RejectedRows>>([.. rejects.Values.OrderByDescending(kind => kind.Rows)], ImportJson.Default.IReadOnlyListRejectedRows);

    /// <summary>Whether more rows were rejected than the caller allows.</summary>
    public bool IsOver(ImportOptions options)
    {
        const int LeastRows = 300;
        return RowsRejected > options.MaxRejects
            || (options.MaxRejectsPercent is { } percent && RowsRead >= LeastRows && RowsRejected * 100 > RowsRead * percent);
    }
}
