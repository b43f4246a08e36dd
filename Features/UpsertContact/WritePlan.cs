using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using Dapper;
using Npgsql;

namespace CrmImport.Features.UpsertContact;

/// <summary>The changes of a batch, column by column, as the one storing statement takes them.</summary>
internal sealed class WritePlan(DateTime at)
{
    private static readonly string Sql = EmbeddedSql.Beside<WritePlan>("WritePlan.sql");

    // A row is stored if any of its audit entries is: they are of one transaction.
    private const string FindStored =
        """
        select distinct a.row_no
        from unnest(@AuditRow, @AuditClientRef, @AuditContactRef, @AuditLocationRef) as a (row_no, client_ref, contact_ref, location_ref)
        join unnest(@Row, @TraceId) as r (row_no, trace_id) on r.row_no = a.row_no
        join audit_entry e on e.client_ref = a.client_ref and e.contact_ref = a.contact_ref and e.location_ref = a.location_ref
        where e.at = @At and e.trace_id = r.trace_id
        """;

    private readonly HashSet<(string ClientRef, string Kind, string Ref)> claimed = [];
    private readonly List<(int Row, Caller Caller)> rows = [];
    private readonly List<(int Row, ContactChange Change)> contacts = [];
    private readonly List<(int Row, string ClientRef, string ContactRef, ContactLocation Location)> links = [];
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

        var before = change.Before?.History;
        var history = contactChanges
            ? new RecordHistory((before?.Version ?? 0) + 1, before?.CreatedAt ?? at, before?.CreatedBy ?? command.Caller.OpId, at, command.Caller.OpId)
            : before!;
        return new UpsertContactResult(outcome, new Contact(change.Values, [.. change.Locations.Values.OrderBy(location => location.LocationRef, StringComparer.Ordinal)], history));
    }

    /// <summary>Stores the plan in one statement, in one transaction; returns the rows that were stored. The others met a version other than the one they were decided on.</summary>
    public Task<IEnumerable<int>> ExecuteAsync(NpgsqlConnection connection) => connection.QueryAsync<int>(Sql, Parameters());

    /// <summary>The rows that an execution whose answer was lost did store, as the audit tells.</summary>
    public Task<IEnumerable<int>> FindStoredAsync(NpgsqlConnection connection) => connection.QueryAsync<int>(FindStored, Parameters());

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

    private DynamicParameters Parameters()
    {
        var parameters = new DynamicParameters();
        parameters.Add("At", at);
        Add("Row", rows, row => row.Row);
        Add("Account", rows, row => row.Caller.OpId);
        Add("Kind", rows, row => new AuditedAccount(row.Caller.OpId, row.Caller.Kind).AuditKind);
        Add("Address", rows, row => row.Caller.Origin.Address);
        Add("Method", rows, row => row.Caller.Origin.Method);
        Add("Route", rows, row => row.Caller.Origin.Route);
        Add("TraceId", rows, row => row.Caller.Origin.TraceId);

        Add("ContactRow", contacts, contact => contact.Row);
        Add("ContactVersion", contacts, contact => contact.Change.Before?.History.Version ?? 0);
        for (var i = 0; i < ContactFields.Contact.Fields.Count; i++)
        {
            var (index, field) = (i, ContactFields.Contact.Fields[i]);
            if (field.Kind == FieldKind.Integer)
            {
                Add(field.Column, contacts, contact => (int?)contact.Change.Values[index]);
            }
            else
            {
                Add(field.Column, contacts, contact => (string?)contact.Change.Values[index]);
            }
        }

        Add("LinkRow", links, link => link.Row);
        Add("LinkClientRef", links, link => link.ClientRef);
        Add("LinkContactRef", links, link => link.ContactRef);
        Add("LinkLocationRef", links, link => link.Location.LocationRef);
        Add("LinkIsPreferred", links, link => link.Location.IsPreferred);
        Add("LinkStartDate", links, link => link.Location.StartDate);
        Add("LinkEndDate", links, link => link.Location.EndDate);

        Add("UnlinkRow", unlinks, unlink => unlink.Row);
        Add("UnlinkClientRef", unlinks, unlink => unlink.ClientRef);
        Add("UnlinkContactRef", unlinks, unlink => unlink.ContactRef);
        Add("UnlinkLocationRef", unlinks, unlink => unlink.LocationRef);

        Add("FormerRow", formers, former => former.Row);
        Add("FormerClientRef", formers, former => former.Location.ClientRef);
        Add("FormerContactRef", formers, former => former.Location.PreferredContactRef);
        Add("FormerVersion", formers, former => former.Location.PreferredContactVersion);
        Add("FormerLocationRef", formers, former => former.Location.LocationRef);

        Add("LocationRow", locations, location => location.Row);
        Add("LocationClientRef", locations, location => location.Location.ClientRef);
        Add("LocationLocationRef", locations, location => location.Location.LocationRef);
        Add("LocationVersion", locations, location => location.Location.Version);
        Add("LocationUsageTypeId", locations, location => location.UsageTypeId);

        Add("AuditRow", audits, audit => audit.Row);
        Add("AuditRecordType", audits, audit => audit.RecordType);
        Add("AuditOutcome", audits, audit => audit.Outcome);
        Add("AuditClientRef", audits, audit => audit.ClientRef);
        Add("AuditContactRef", audits, audit => audit.ContactRef);
        Add("AuditLocationRef", audits, audit => audit.LocationRef);
        Add("AuditChanges", audits, audit => audit.Changes);
        return parameters;

        void Add<TItem, TValue>(string name, List<TItem> items, Func<TItem, TValue> value) => parameters.Add(name, items.Select(value).ToArray());
    }

    private sealed record AuditRow(int Row, string RecordType, string Outcome, string ClientRef, string ContactRef, string LocationRef, string Changes);
}
