namespace CrmImport.Infrastructure.Answers;

/// <summary>What became of a record.</summary>
internal enum WriteOutcome
{
    Created,
    Updated,
    Unchanged,
    Deleted,
}

internal static class WriteOutcomeText
{
    /// <summary>As headers, bodies and audit entries have it.</summary>
    public static string Text(this WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Created => "created",
        WriteOutcome.Updated => "updated",
        WriteOutcome.Deleted => "deleted",
        _ => "unchanged",
    };

    public static WriteOutcome Parse(string text) => text switch
    {
        "created" => WriteOutcome.Created,
        "updated" => WriteOutcome.Updated,
        "deleted" => WriteOutcome.Deleted,
        _ => WriteOutcome.Unchanged,
    };
}
