using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using Npgsql;

namespace CrmImport.Features.UpsertContact;

/// <summary>The changes of a batch, column by column, as the one storing statement takes them.</summary>
internal sealed class WritePlan(DateTime at)
{
    private const string OnlyForNeighbours = "--+";

    private static readonly string Text = EmbeddedSql.Beside<WritePlan>("WritePlan.sql");
    private static readonly PreparedSql Sql = new(Text);
    private static readonly PreparedSql SqlOfOwnContacts = new(string.Join('\n', Text.Split('\n').Where(line => !line.Contains(OnlyForNeighbours, StringComparison.Ordinal))));

    // A row is stored if any of its audit entries is: they are of one transaction.
    private static readonly PreparedSql FindStored = new(
        """
        select distinct a.row_no
        from unnest(@AuditRow, @AuditClientRef, @AuditContactRef, @AuditLocationRef) as a (row_no, client_ref, contact_ref, location_ref)
        join unnest(@Row, @TraceId) as r (row_no, trace_id) on r.row_no = a.row_no
        join audit_entry e on e.client_ref = a.client_ref and e.contact_ref = a.contact_ref and e.location_ref = a.location_ref
        where e.at = @At and e.trace_id = r.trace_id
        """);

    private readonly HashSet<(string ClientRef, string Kind, string Ref)> claimed = [];
    private readonly List<(int Row, Caller Caller)> rows = [];
    private readonly List<(int Row, ContactChange Change)> contacts = [];
    private readonly List<(int Row, string ClientRef, string ContactRef, StoredLink Link)> links = [];
    private readonly List<(int Row, string ClientRef, string ContactRef, string LocationRef)> unlinks = [];
    private readonly List<(int Row, StoredLocation Location)> formers = [];
    private readonly List<(int Row, StoredLocation Location, int? UsageTypeId)> locations = [];
    private readonly List<AuditRow> audits = [];

    public bool IsEmpty => rows.Count == 0;

    public IEnumerable<int> Rows => rows.Select(row => row.Row);

    /// <summary>
    /// False where the write concerns a contact, or a location's preferred contact or usage type, that an earlier write of this batch changes:
    /// it waits for the next round, where it sees what the earlier one stored. What it would change itself is claimed all the same, so that order is kept.
    /// </summary>
    public bool TryClaim(UpsertContactCommand command, StoredState state)
    {
        var changed = new HashSet<(string, string, string)> { (command.ClientRef, "contact", command.ContactRef) };
        var isFree = true;
        foreach (var input in command.Contact.Children ?? [])
        {
            var key = (command.ClientRef, "location", input.Text(ContactFields.LocationRef));
            var isPreferred = input[ContactFields.IsPreferred] is true;
            var usageType = (int?)input[ContactFields.UsageTypeId];
            if (state.FindLocation(command.ClientRef, key.Item3) is not { } stored || (!isPreferred && usageType is null))
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
                changed.Add((command.ClientRef, "contact", former));
            }
        }

        isFree &= !claimed.Overlaps(changed);
        claimed.UnionWith(changed);
        return isFree;
    }

    /// <summary>Takes the change into the plan, unless it changes nothing, and tells what the answer will be once it is stored.</summary>
    public UpsertContactResult Add(int row, UpsertContactCommand command, ContactChange change)
    {
        var outcome = change.Outcome;
        var contactChanges = change.Before is null || !change.Changes.IsEmpty;
        if (outcome != WriteOutcome.Unchanged)
        {
            rows.Add((row, command.Caller));
            if (contactChanges)
            {
                AddContact(row, command, change);
            }

            AddLocations(row, change);
        }

        return new UpsertContactResult(outcome, (change.Before?.Version ?? 0) + (contactChanges ? 1 : 0));
    }

    /// <summary>Stores the plan in one statement, in one transaction; returns the rows that were stored. The others met a version other than the one they were decided on.</summary>
    public Task<List<int>> ExecuteAsync(NpgsqlConnection connection)
    {
        contacts.Sort((one, other) => CompareKeys(one.Change, other.Change));
        return QueryRowsAsync(locations.Count + unlinks.Count == 0 ? SqlOfOwnContacts : Sql, connection);
    }

    /// <summary>The rows that an execution whose answer was lost did store, as the audit tells.</summary>
    public Task<List<int>> FindStoredAsync(NpgsqlConnection connection) => QueryRowsAsync(FindStored, connection);

    private static int CompareKeys(ContactChange one, ContactChange other) =>
        string.CompareOrdinal((string)one.Values[0]!, (string)other.Values[0]!) is not 0 and var order
            ? order
            : string.CompareOrdinal((string)one.Values[1]!, (string)other.Values[1]!);

    private async Task<List<int>> QueryRowsAsync(PreparedSql sql, NpgsqlConnection connection)
    {
        await using var batch = await sql.PrepareAsync(connection, Parameters(), CancellationToken.None);
        await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
        var found = new List<int>();
        while (await reader.ReadAsync(CancellationToken.None))
        {
            found.Add(reader.GetInt32(0));
        }

        return found;
    }

    private void AddContact(int row, UpsertContactCommand command, ContactChange change)
    {
        contacts.Add((row, change));
        links.AddRange(change.LocationsToStore.Select(location => (row, command.ClientRef, command.ContactRef, location)));
        unlinks.AddRange(change.LocationsToRemove.Select(locationRef => (row, command.ClientRef, command.ContactRef, locationRef)));
        audits.Add(new AuditRow(row, "contact", change.Outcome.Text(), command.ClientRef, command.ContactRef, "", change.Changes.ToJson()));

        foreach (var former in change.NewlyPreferred.Where(location => location.PreferredContactRef is not null).GroupBy(location => location.PreferredContactRef!))
        {
            var lost = new FieldChanges();
            foreach (var location in former)
            {
                formers.Add((row, location));
                lost.Add($"{ContactFields.Locations}[{location.LocationRef}].{ContactFields.IsPreferred.Name}", true, false);
            }

            audits.Add(new AuditRow(row, "contact", WriteOutcome.Updated.Text(), command.ClientRef, former.Key, "", lost.ToJson()));
        }
    }

    private void AddLocations(int row, ContactChange change)
    {
        locations.AddRange(change.NewlyPreferred.Select(location => (row, location, (int?)null)));
        foreach (var (location, usageTypeId) in change.UsageTypes)
        {
            locations.Add((row, location, usageTypeId));
            var changes = new FieldChanges();
            changes.Add(ContactFields.UsageTypeId.Name, location.UsageTypeId, usageTypeId);
            audits.Add(new AuditRow(row, "location", WriteOutcome.Updated.Text(), location.ClientRef, "", location.LocationRef, changes.ToJson()));
        }
    }

    private ParameterValues Parameters()
    {
        var values = new ParameterValues();
        values.Add("At", at);
        values.Add("Row", rows, row => row.Row);
        values.Add("Account", rows, row => row.Caller.OpId);
        values.Add("Kind", rows, row => new AuditedAccount(row.Caller.OpId, row.Caller.Kind).AuditKind);
        values.Add("Address", rows, row => row.Caller.Origin.Address);
        values.Add("Method", rows, row => row.Caller.Origin.Method);
        values.Add("Route", rows, row => row.Caller.Origin.Route);
        values.Add("TraceId", rows, row => row.Caller.Origin.TraceId);

        values.Add("ContactRow", contacts, contact => contact.Row);
        values.Add("ContactVersion", contacts, contact => contact.Change.Before?.Version ?? 0);
        for (var i = 0; i < ContactFields.Contact.Fields.Count; i++)
        {
            var (index, field) = (i, ContactFields.Contact.Fields[i]);
            if (field.Kind == FieldKind.Integer)
            {
                values.Add(field.Column, contacts, contact => (int?)contact.Change.Values[index]);
            }
            else
            {
                values.Add(field.Column, contacts, contact => (string?)contact.Change.Values[index]);
            }
        }

        values.Add("LinkRow", links, link => link.Row);
        values.Add("LinkClientRef", links, link => link.ClientRef);
        values.Add("LinkContactRef", links, link => link.ContactRef);
        values.Add("LinkLocationRef", links, link => link.Link.LocationRef);
        values.Add("LinkIsPreferred", links, link => link.Link.IsPreferred);
        values.Add("LinkStartDate", links, link => link.Link.StartDate);
        values.Add("LinkEndDate", links, link => link.Link.EndDate);

        values.Add("UnlinkRow", unlinks, unlink => unlink.Row);
        values.Add("UnlinkClientRef", unlinks, unlink => unlink.ClientRef);
        values.Add("UnlinkContactRef", unlinks, unlink => unlink.ContactRef);
        values.Add("UnlinkLocationRef", unlinks, unlink => unlink.LocationRef);

        values.Add("FormerRow", formers, former => former.Row);
        values.Add("FormerClientRef", formers, former => former.Location.ClientRef);
        values.Add("FormerContactRef", formers, former => former.Location.PreferredContactRef);
        values.Add("FormerVersion", formers, former => former.Location.PreferredContactVersion);
        values.Add("FormerLocationRef", formers, former => former.Location.LocationRef);

        values.Add("LocationRow", locations, location => location.Row);
        values.Add("LocationClientRef", locations, location => location.Location.ClientRef);
        values.Add("LocationLocationRef", locations, location => location.Location.LocationRef);
        values.Add("LocationVersion", locations, location => location.Location.Version);
        values.Add("LocationUsageTypeId", locations, location => location.UsageTypeId);

        values.Add("AuditRow", audits, audit => audit.Row);
        values.Add("AuditRecordType", audits, audit => audit.RecordType);
        values.Add("AuditOutcome", audits, audit => audit.Outcome);
        values.Add("AuditClientRef", audits, audit => audit.ClientRef);
        values.Add("AuditContactRef", audits, audit => audit.ContactRef);
        values.Add("AuditLocationRef", audits, audit => audit.LocationRef);
        values.Add("AuditChanges", audits, audit => audit.Changes);
        return values;
    }

    private sealed record AuditRow(int Row, string RecordType, string Outcome, string ClientRef, string ContactRef, string LocationRef, string Changes);
}
