using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The changes of a batch, column by column, as the one storing statement takes them.</summary>
internal sealed partial class WritePlan(DateTime at)
{
    /// <summary>The storing statement, with its parts.</summary>
    public static readonly SqlParts<PlanParts> Sql = new(EmbeddedSql.Beside<WritePlan>("WritePlan.sql"));

    /// <summary>Which rows are stored: those with any audit entry, since all entries of a row are of one transaction.</summary>
    public static readonly PreparedSql StoredSql = new(
        """
        select distinct a.row_no
        from unnest(@AuditRow, @AuditTraceId, @AuditClientRef, @AuditContactRef, @AuditLocationRef) as a (row_no, trace_id, client_ref, contact_ref, location_ref)
        join audit_entry e on e.client_ref = a.client_ref and e.contact_ref = a.contact_ref and e.location_ref = a.location_ref
        where e.at = @At and e.trace_id = a.trace_id
        """);

    private readonly HashSet<(string ClientRef, string Kind, string Ref)> claimed = [];
    private readonly List<int> rows = [];
    private readonly List<(int Row, Caller Caller, ContactChange Change)> contacts = [];
    private readonly List<(int Row, string ClientRef, string ContactRef, StoredLink Link)> links = [];
    private readonly List<(int Row, string ClientRef, string ContactRef, string LocationRef)> unlinks = [];
    private readonly List<(int Row, Caller Caller, StoredLocation Location)> formers = [];
    private readonly List<(int Row, Caller Caller, StoredLocation Location, int? UsageTypeId)> locations = [];
    private readonly List<AuditRow> audits = [];
    private readonly List<(int Row, UpsertContactCommand Command, WriteAnswer Answer)> keys = [];
    private readonly List<int> bareRows = []; // rows that change nothing, and only keep their answer

    /// <summary>The one time of all that the plan stores, in UTC.</summary>
    public DateTime At { get; } = at;

    public bool IsEmpty => rows.Count == 0;

    public IReadOnlyList<int> Rows => rows;

    /// <summary>
    /// False where the write concerns a contact, or a location's preferred contact or usage type, that an earlier write of this batch changes:
    /// it waits for the next round, where it sees what the earlier one stored. What it would change itself is claimed all the same, so that order is kept.
    /// </summary>
    public bool TryClaim(UpsertContactCommand command, StoredState state)
    {
        var own = (command.ClientRef, RecordTypes.Contact, command.ContactRef);
        if (command.Conditions.Key is null && command.Contact.Children?.Exists(location => location[ContactFields.IsPreferred] is true || location[ContactFields.UsageTypeId] is not null) != true)
        {
            return claimed.Add(own); // it concerns no other record
        }

        var changed = new HashSet<(string ClientRef, string Kind, string Ref)> { own };
        if (command.Conditions.Key is { } idempotencyKey)
        {
            changed.Add(("", $"key of {command.Caller.AccountId}", idempotencyKey.Value));
        }

        var isFree = true;
        foreach (var input in command.Contact.Children ?? [])
        {
            var key = (command.ClientRef, Kind: RecordTypes.Location, Ref: input.Text(ContactFields.LocationRef));
            var isPreferred = input[ContactFields.IsPreferred] is true;
            var usageType = (int?)input[ContactFields.UsageTypeId];
            if (state.FindLocation(command.ClientRef, key.Ref) is not { } stored || (!isPreferred && usageType is null))
            {
                continue;
            }

            isFree &= !claimed.Contains(key);
            var isTaken = isPreferred && stored.PreferredContactRef != command.ContactRef;
            if (isTaken || (usageType is not null && usageType != stored.UsageTypeId))
            {
                changed.Add(key);
            }

            if (isTaken && stored.PreferredContactRef is { } former)
            {
                changed.Add((command.ClientRef, RecordTypes.Contact, former));
            }
        }

        isFree &= !claimed.Overlaps(changed);
        claimed.UnionWith(changed);
        return isFree;
    }

    /// <summary>Takes the change into the plan, with the answer where that is to be kept; what changes nothing writes nothing.</summary>
    public void Add(int row, UpsertContactCommand command, ContactChange change, WriteAnswer answer)
    {
        var isUnchanged = change.Outcome == WriteOutcome.Unchanged;
        if (isUnchanged && command.Conditions.Key is null)
        {
            return;
        }

        rows.Add(row);
        if (command.Conditions.Key is not null)
        {
            keys.Add((row, command, answer));
        }

        if (isUnchanged)
        {
            bareRows.Add(row);
            return;
        }

        if (change.ChangesContact)
        {
            AddContact(row, command, change, answer.Status);
        }

        AddLocations(row, command.Caller, change, answer.Status);
    }

    /// <summary>Stores the plan in one statement, in one transaction; returns the rows that were stored. The others met a version other than the one they were decided on.</summary>
    public Task<List<int>> ExecuteAsync(NpgsqlConnection connection)
    {
        contacts.Sort((one, other) => CompareKeys(one.Change, other.Change));
        var parts = FindParts();
        var isSingle = contacts.Count == 1 && audits.Count == 1 && links.Count < 2 && keys.Count < 2 && (parts & (PlanParts.Neighbour | PlanParts.Bare)) == 0;
        return QueryRowsAsync(Sql.With(parts, isSingle), Parameters(isSingle), connection);
    }

    /// <summary>The rows that were stored by an execution whose result was lost, according to the audit.</summary>
    public Task<List<int>> FindStoredAsync(NpgsqlConnection connection) => QueryRowsAsync(StoredSql, Parameters(isSingle: false), connection);

    private PlanParts FindParts() =>
        (contacts.Exists(contact => contact.Change.Before is not null) ? PlanParts.Update : 0)
        | (contacts.Exists(contact => contact.Change.Before is null) ? PlanParts.Insert : 0)
        | (links.Count > 0 ? PlanParts.Link : 0)
        | (locations.Count + unlinks.Count > 0 ? PlanParts.Neighbour : 0)
        | (keys.Count > 0 ? PlanParts.Key : 0)
        | (contacts.Exists(contact => contact.Change is { Before: null, PartyId: not null }) ? PlanParts.Party : 0)
        | (bareRows.Count > 0 ? PlanParts.Bare : 0)
        | (contacts.Exists(contact => contact.Change.ChangesArchive) ? PlanParts.Archive : 0)
        | (contacts.Exists(contact => contact.Change.ChangesCustom) ? PlanParts.Custom : 0)
        | (audits.Exists(audit => audit.Caller.Origin.ImportId is not null) ? PlanParts.Import : 0);

    private static int CompareKeys(ContactChange one, ContactChange other) =>
        string.CompareOrdinal(one.ClientRef, other.ClientRef) is not 0 and var order
            ? order
            : string.CompareOrdinal(one.ContactRef, other.ContactRef);

    private async Task<List<int>> QueryRowsAsync(PreparedSql sql, ParameterValues values, NpgsqlConnection connection)
    {
        await using var batch = await sql.PrepareAsync(connection, values, CancellationToken.None);
        await using var reader = await PreparedSql.ExecuteAsync(batch, mayBlock: rows.Count == 1, CancellationToken.None);
        var found = new List<int>();
        while (await reader.ReadAsync(CancellationToken.None))
        {
            found.Add(reader.GetInt32(0));
        }

        return found;
    }

    private void AddContact(int row, UpsertContactCommand command, ContactChange change, int status)
    {
        contacts.Add((row, command.Caller, change));
        links.AddRange(change.LocationsToStore.Select(location => (row, command.ClientRef, command.ContactRef, location)));
        unlinks.AddRange(change.LocationsToRemove.Select(locationRef => (row, command.ClientRef, command.ContactRef, locationRef)));
        audits.Add(new AuditRow(row, command.Caller, status, RecordTypes.Contact, change.Outcome.Text(), command.ClientRef, command.ContactRef, "", change.Changes.ToJson()));

        foreach (var former in change.NewlyPreferred.Where(location => location.PreferredContactRef is not null).GroupBy(location => location.PreferredContactRef!))
        {
            var lost = new FieldChanges();
            foreach (var location in former)
            {
                formers.Add((row, command.Caller, location));
                lost.Add($"{ContactFields.Locations}[{location.LocationRef}].{ContactFields.IsPreferred.Name}", true, false);
            }

            audits.Add(new AuditRow(row, command.Caller, status, RecordTypes.Contact, WriteOutcome.Updated.Text(), command.ClientRef, former.Key, "", lost.ToJson()));
        }
    }

    private void AddLocations(int row, Caller caller, ContactChange change, int status)
    {
        locations.AddRange(change.NewlyPreferred.Select(location => (row, caller, location, (int?)null)));
        foreach (var (location, usageTypeId) in change.UsageTypes)
        {
            locations.Add((row, caller, location, usageTypeId));
            var changes = new FieldChanges();
            changes.Add(ContactFields.UsageTypeId.Name, location.UsageTypeId, usageTypeId);
            audits.Add(new AuditRow(row, caller, status, RecordTypes.Location, WriteOutcome.Updated.Text(), location.ClientRef, "", location.LocationRef, changes.ToJson()));
        }
    }

    private sealed record AuditRow(int Row, Caller Caller, int Status, string RecordType, string Outcome, string ClientRef, string ContactRef, string LocationRef, string Changes);
}
