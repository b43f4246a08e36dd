namespace CrmImport.Drills;

/// <summary>In which way the database is not what the writers were told.</summary>
internal enum FindingKind
{
    Lost,
    Doubled,
    Unaudited,
    HalfWritten,
}

/// <summary>One thing that is amiss.</summary>
internal sealed record Finding(FindingKind Kind, string Text);
