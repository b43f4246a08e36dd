namespace CrmImport.Drills;

/// <summary>How the database differs from what the responses said.</summary>
internal enum FindingKind
{
    Lost,
    Doubled,
    Unaudited,
    HalfWritten,
}

/// <summary>One inconsistency.</summary>
internal sealed record Finding(FindingKind Kind, string Text);
