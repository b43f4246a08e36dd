namespace CrmImport.Features.Contacts.Writing;

/// <summary>The optional parts of WritePlan.sql: which of them a batch needs.</summary>
[Flags]
internal enum PlanParts
{
    None = 0,

    /// <summary>Contacts are updated.</summary>
    Update = 1 << 0,

    /// <summary>Contacts are created.</summary>
    Insert = 1 << 1,

    /// <summary>Associations with locations are stored.</summary>
    Link = 1 << 2,

    /// <summary>Other records change too: locations, their former preferred contacts, or associations that are removed.</summary>
    Neighbour = 1 << 3,

    /// <summary>Answers are kept under idempotency keys.</summary>
    Key = 1 << 4,

    /// <summary>Contacts are created under numbers that were drawn beforehand.</summary>
    Party = 1 << 5,

    /// <summary>Writes that change nothing keep their answers.</summary>
    Bare = 1 << 6,

    /// <summary>Contacts are archived or restored.</summary>
    Archive = 1 << 7,

    /// <summary>The writes are an import's, which the audit names.</summary>
    Import = 1 << 8,

    /// <summary>Values of custom fields change.</summary>
    Custom = 1 << 9,
}
