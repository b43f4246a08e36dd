using Dapper;

namespace CrmImport.Drills;

internal sealed record StoredEntry(long Id, string ClientRef, string ContactRef, string LocationRef, string Outcome, string Changes, string TraceId);

internal sealed record StoredContact(string ClientRef, string ContactRef, string Surname, string Notes, string Considerations, string Contact2, string Address1, long Version)
{
    /// <summary>The fields that every write stamps with its token, as they are on the wire.</summary>
    public static IReadOnlyList<string> StampedFields { get; } = ["surname", "notes", "considerations", "contact2", "address1"];

    public IReadOnlyList<string> Tokens => [Surname, Notes, Considerations, Contact2, Address1];
}

internal sealed record StoredLink(string ClientRef, string ContactRef, string LocationRef, bool IsPreferred, string StartDate, string EndDate)
{
    /// <summary>As the audit names and writes them.</summary>
    public IEnumerable<(string Field, string Value)> Fields =>
        [($"locations[{LocationRef}].isPreferred", $"{IsPreferred}"), ($"locations[{LocationRef}].startDate", StartDate), ($"locations[{LocationRef}].endDate", EndDate)];
}

internal sealed record StoredLocation(string ClientRef, string LocationRef, int UsageTypeId, long Version);

internal sealed record StoredKey(string Key, string Etag);

/// <summary>Everything the database holds after a drill, read directly.</summary>
internal sealed record StoredRows(
    IReadOnlyList<StoredEntry> Entries, IReadOnlyList<StoredContact> Contacts, IReadOnlyList<StoredLink> Links, IReadOnlyList<StoredLocation> Locations, IReadOnlyList<StoredKey> Keys)
{
    public ILookup<(string, string), StoredContact> ContactsByKey { get; } = Contacts.ToLookup(contact => (contact.ClientRef, contact.ContactRef));

    public ILookup<(string, string), StoredLink> LinksByContact { get; } = Links.ToLookup(link => (link.ClientRef, link.ContactRef));

    // Duplicates that violate a unique index are only visible without using that index.
    private const string WithoutIndexes = "set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off";

    // Without the audit entries of refused requests, which change nothing.
    private const string Sql =
        """
        select id, client_ref, contact_ref, location_ref, outcome, coalesce(changes::text, '{}') as changes, trace_id from audit_entry where client_ref <> '' and outcome in ('created', 'updated') order by id;
        select client_ref, contact_ref, surname, coalesce(notes, '') as notes, coalesce(considerations, '') as considerations, coalesce(contact2, '') as contact2, address1, version from contact;
        select client_ref, contact_ref, location_ref, is_preferred, coalesce(start_date::text, '') as start_date, coalesce(end_date::text, '') as end_date from contact_location;
        select client_ref, location_ref, usage_type_id, version from location;
        select key, etag from idempotency_record
        """;

    public static async Task<StoredRows> ReadAsync(DatabaseServer server)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        await using var connection = await server.ConnectAsync();
        await connection.ExecuteAsync(WithoutIndexes);
        await using var rows = await connection.QueryMultipleAsync(Sql);
        return new(
            [.. await rows.ReadAsync<StoredEntry>()],
            [.. await rows.ReadAsync<StoredContact>()],
            [.. await rows.ReadAsync<StoredLink>()],
            [.. await rows.ReadAsync<StoredLocation>()],
            [.. await rows.ReadAsync<StoredKey>()]);
    }
}
