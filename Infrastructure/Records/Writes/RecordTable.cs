using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>
/// A kind of record that is edited one by one, and the statements that read and write it. Their parameters are the fields' columns; writing adds <c>@At</c> and <c>@Account</c>.
/// </summary>
internal sealed record RecordTable(string RecordType, RecordShape Shape)
{
    /// <summary>What messages call such a record.</summary>
    public string Name => Field.SnakeCase(Shape.Name).Replace('_', ' ');

    /// <summary>Finds the row, to be locked. A statement of its own: what the next one joins to it is then read after any wait, not before.</summary>
    public required string Lock { get; init; }

    /// <summary>Reads every field of the shape in its order, except secrets, which are nobody's to see; then the history, <c>archived_at</c> where there is an archive, and <c>custom</c> where fields can be added.</summary>
    public required string Read { get; init; }

    /// <summary>Does nothing where the row is there; empty where the row always is.</summary>
    public string Insert { get; init; } = "";

    public required string Update { get; init; }

    /// <summary>What it takes to create one; null where the route has asked for all there is to ask.</summary>
    public string? AddPermission { get; init; }

    public string? EditPermission { get; init; }

    /// <summary>What it takes to see one, in an answer too; null where the route has asked for all there is to ask.</summary>
    public string? ReadPermission { get; init; }

    /// <summary>How a record is archived; null where none can be. The update sets <c>archived_at</c> to its parameter, and <c>live</c> to true or null by it.</summary>
    public RecordArchive? Archive { get; init; }

    public required ApiError NotFound { get; init; }

    /// <summary>The refusal to create what is there already.</summary>
    public ApiError Exists { get; init; } = ApiErrors.Conflict;

    /// <summary>Whether administrators can add fields to such records. What is given of them is the parameter <c>@custom</c>, to be laid over what is there by <c>with_custom</c>.</summary>
    public bool TakesCustomFields { get; init; }

    /// <summary>Whether the record is none of a client's: the audit then has its key as recordRef.</summary>
    public bool IsTenantWide { get; init; }

    /// <summary>The field with the ref of the client whose the record is, where the record has a key of its own: the audit has both.</summary>
    public Field? Client { get; init; }

    /// <summary>Whether the record's clients know nothing of versions: the setting <c>requireVersion</c> does not count for it.</summary>
    public bool IsWrittenWithoutVersion { get; init; }

    /// <summary>Whether answers are the record itself, without an envelope, except those to dry runs.</summary>
    public bool IsBare { get; init; }

    /// <summary>Whether an update can violate a unique name, which a dry run must find out too.</summary>
    public bool RunsUpdateInDryRun { get; init; }

    /// <summary>The error for an id that is not in its list.</summary>
    public ApiError UnknownListItem { get; init; } = ApiErrors.FieldOutOfRange;

    /// <summary>
    /// Has the last word on the values before they are compared with the stored ones: it may change them, and refuse them. It runs in the transaction, after the lock.
    /// </summary>
    public Func<RecordWrite, object?[], Task<Refusal?>>? BeforeWrite { get; init; }

    /// <summary>What is stored along with a change that is one, in its transaction.</summary>
    public Func<RecordWrite, RecordChange, Task>? AlongsideWrite { get; init; }

    /// <summary>What an answer says of a record that is stored nonetheless.</summary>
    public Func<object?[], IEnumerable<Problem>> Warnings { get; init; } = _ => [];

    /// <summary>The record's native address, by its keys.</summary>
    public required Func<IReadOnlyList<string>, string> Address { get; init; }
}

/// <summary>How records of a table are archived.</summary>
/// <param name="Permission">What it takes to archive or restore one.</param>
/// <param name="CountUses">How many live records need the one with these keys: it is archived only if none does.</param>
/// <param name="InUse">The refusal, by that number.</param>
internal sealed record RecordArchive(string Permission, string CountUses, Func<IReadOnlyList<string>, long, Refusal> InUse);

/// <summary>A write under way, as far as a table has a say in it.</summary>
internal sealed record RecordWrite(NpgsqlConnection Connection, RecordEdit Edit, StoredRecord? Before, Tenant Tenant, Caller Caller, DateTime At)
{
    /// <summary>What the answer says of a record that is stored nonetheless.</summary>
    public List<Problem> Warnings { get; } = [];

    /// <summary>What this process must do once the change is stored: forget what it remembered.</summary>
    public List<Action> AfterCommit { get; } = [];
}
