using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Writes;

/// <summary>
/// A kind of record that is edited one by one, and the statements that read and write it. Their parameters are the fields' columns; writing adds <c>@At</c> and <c>@Account</c>.
/// </summary>
internal sealed record RecordTable(string RecordType, RecordShape Shape)
{
    /// <summary>Locks the row. A statement of its own: what the next one joins to it is then read after any wait, not before.</summary>
    public required string Lock { get; init; }

    /// <summary>Reads every field of the shape, then the history.</summary>
    public required string Read { get; init; }

    /// <summary>Does nothing where the row is there.</summary>
    public required string Insert { get; init; }

    public required string Update { get; init; }

    public required string AddPermission { get; init; }

    public required string EditPermission { get; init; }

    public required ApiError NotFound { get; init; }

    /// <summary>What an id that is not in its list is told as.</summary>
    public ApiError UnknownListItem { get; init; } = ApiErrors.FieldOutOfRange;

    /// <summary>The record's native address, by its keys.</summary>
    public required Func<IReadOnlyList<string>, string> Address { get; init; }
}
