using System.Data.Common;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>What the database holds of everything a batch of writes concerns: one round trip, plus one for each cache miss of clients and lists, for idempotency keys, and for numbers of new parties.</summary>
internal sealed class StoredState(bool hasRecords)
{
    /// <summary>The reading statements, with their parts.</summary>
    public static readonly SqlParts<StateParts> Sql = new(EmbeddedSql.Beside<StoredState>("StoredState.sql"));

    private const string NewPartyIds = "select nextval('contact_party_id_seq') from generate_series(1, @Count)";

    private static readonly PreparedSql FindClients = new("select client_ref from client where client_ref = any (@ClientRefs) and live");

    private readonly Dictionary<(string ClientRef, string ContactRef), StoredContact> contacts = [];
    private readonly Dictionary<(string ClientRef, string LocationRef), StoredLocation> locations = [];
    private readonly bool hasRecords = hasRecords;
    private HashSet<(string ClientRef, string LocationRef)> lookedFor = [];
    private readonly Queue<long> newPartyIds = new();
    private StoredResponses kept = null!;
    private ReferenceLists lists = null!;
    private readonly HashSet<string> clients = new(StringComparer.Ordinal);

    public static async Task<StoredState> ReadAsync(
        Tenant tenant, NpgsqlConnection connection, IReadOnlyList<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        var locationKeys = commands
            .SelectMany(command => (command.Contact.Children ?? []).Select(child => (command.ClientRef, LocationRef: child.Text(ContactFields.LocationRef))))
            .Distinct()
            .ToArray();
        var values = new ParameterValues();
        values.Add("ClientRefs", commands, command => command.ClientRef);
        values.Add("ContactRefs", commands, command => command.ContactRef);
        values.Add("LocationClientRefs", locationKeys, key => key.ClientRef);
        values.Add("LocationRefs", locationKeys, key => key.LocationRef);

        var state = new StoredState(commands.Any(command => command.NeedsRecord));
        if (commands.Any(command => command.Base is not null))
        {
            state.lookedFor = [.. locationKeys];
        }

        await using (var batch = await Sql.With(state.hasRecords ? StateParts.Record : StateParts.None).PrepareAsync(connection, values, cancellationToken))
        await using (var reader = await PreparedSql.ExecuteAsync(batch, mayBlock: commands.Count == 1, cancellationToken))
        {
            await state.FillAsync(reader, cancellationToken);
        }

        state.kept = await StoredResponses.ReadAsync(connection, commands, cancellationToken);
        await state.TakePartyIdsAsync(connection, commands, cancellationToken);
        await state.FindClientsAsync(tenant, connection, commands, cancellationToken);
        state.lists = await ReferenceLists.ReadAsync(tenant, connection, commands, cancellationToken);
        return state;
    }

    public bool HasClient(string clientRef) => clients.Contains(clientRef);

    public StoredContact? FindContact(string clientRef, string contactRef) => contacts.GetValueOrDefault((clientRef, contactRef));

    public StoredLocation? FindLocation(string clientRef, string locationRef) => locations.GetValueOrDefault((clientRef, locationRef));

    /// <summary>Whether all that the command concerns was looked for: one that was made anew of this state may name other locations.</summary>
    public bool Covers(UpsertContactCommand command) =>
        command.Base is null || (command.Contact.Children ?? []).TrueForAll(child => lookedFor.Contains((command.ClientRef, child.Text(ContactFields.LocationRef))));

    public bool HasListItem(string list, int id) => lists.Has(list, id);

    /// <summary>The answer kept under the command's idempotency key, or the refusal of a key that was used for another request; null where there is none.</summary>
    public Answer<WriteAnswer>? FindKept(UpsertContactCommand command) => kept.Find(command);

    /// <summary>A number for a contact that is new; null where none was asked for.</summary>
    public long? NewPartyId(UpsertContactCommand command) => NeedsPartyId(command) ? newPartyIds.Dequeue() : command.PartyId;

    private bool NeedsPartyId(UpsertContactCommand command) =>
        command is { WantsPartyId: true, PartyId: null } && !command.Conditions.IsDryRun && FindContact(command.ClientRef, command.ContactRef) is null;

    // Numbers that are not used in the end are lost, as a sequence's are.
    private async Task TakePartyIdsAsync(NpgsqlConnection connection, IReadOnlyList<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        if (commands.Count(NeedsPartyId) is > 0 and var count)
        {
            var ids = await connection.QueryAsync<long>(new CommandDefinition(NewPartyIds, new { Count = count }, cancellationToken: cancellationToken));
            foreach (var id in ids)
            {
                newPartyIds.Enqueue(id);
            }
        }
    }

    private async Task FillAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            AddContact(reader);
        }

        await reader.NextResultAsync(cancellationToken);
        foreach (var location in reader.Parse<StoredLocation>())
        {
            locations[(location.ClientRef, location.LocationRef)] = location;
        }
    }

    // Clients are hardly ever archived: one that was once found need not be looked for again. Where one was archived since, the foreign key says so, and it is forgotten.
    private async Task FindClientsAsync(Tenant tenant, NpgsqlConnection connection, IReadOnlyList<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        clients.UnionWith(commands.Select(command => command.ClientRef).Where(tenant.KnownClients.Contains));
        var unknown = commands.Select(command => command.ClientRef).Where(clientRef => !clients.Contains(clientRef)).Distinct().ToArray();
        if (unknown.Length == 0)
        {
            return;
        }

        var values = new ParameterValues();
        values.Add("ClientRefs", unknown);
        await using var batch = await FindClients.PrepareAsync(connection, values, cancellationToken);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            clients.Add(reader.GetString(0));
            tenant.KnownClients.Add(reader.GetString(0));
        }
    }

    private void AddContact(DbDataReader row)
    {
        var fields = ContactFields.Contact.Fields;
        var key = (row.GetString(0), row.GetString(1));
        if (!contacts.TryGetValue(key, out var contact))
        {
            var values = new object?[fields.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = row.IsDBNull(i) ? null : fields[i].Kind == FieldKind.Integer ? row.GetInt32(i) : (object)row.GetString(i);
            }

            var (version, created) = (fields.Count, fields.Count + 3);
            contacts[key] = contact = new StoredContact(values, row.GetInt64(version), row.IsDBNull(version + 1) ? null : row.GetDateTime(version + 1), row.IsDBNull(version + 2) ? null : row.GetString(version + 2));
            if (hasRecords)
            {
                contact.History = new RecordHistory(contact.Version, row.GetDateTime(created), row.GetString(created + 1), row.GetDateTime(created + 2), row.GetString(created + 3)) { ArchivedAt = contact.ArchivedAt };
                contact.PartyId = row.GetInt64(created + 4);
            }
        }

        var link = fields.Count + (hasRecords ? 8 : 3);
        if (!row.IsDBNull(link))
        {
            contact.Links[row.GetString(link)] = new StoredLink(row.GetString(link), row.GetBoolean(link + 1), Day(row, link + 2), Day(row, link + 3))
            {
                IsLost = row.GetBoolean(link + 4),
                HasLocation = row.GetBoolean(link + 5),
                UsageTypeId = hasRecords && !row.IsDBNull(link + 6) ? row.GetInt32(link + 6) : null,
            };
        }
    }

    private static DateOnly? Day(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);
}

/// <summary>The optional part of StoredState.sql.</summary>
[Flags]
internal enum StateParts
{
    None = 0,

    /// <summary>The whole record is wanted: the history, the number, and the usage types of the locations.</summary>
    Record = 1 << 0,
}

/// <summary>A contact as far as a change is decided on it: its values in the catalogue's order, its version, since when it is archived, its custom fields as JSON, its associations by locationRef.</summary>
internal sealed record StoredContact(object?[] Values, long Version, DateTime? ArchivedAt, string? Custom)
{
    private (RecordShape Shape, object?[] Values)? expanded;

    /// <summary>Its values as a database has them, with those of its custom fields.</summary>
    public object?[] ValuesOf(RecordShape shape)
    {
        if (!shape.HasCustom)
        {
            return Values;
        }

        if (expanded is not { } known || !ReferenceEquals(known.Shape, shape))
        {
            expanded = known = (shape, CustomValues.Append(Values, Custom, shape)); // asked for when references are looked at, and when the change is decided
        }

        return known.Values;
    }

    /// <summary>Only where a record was asked for.</summary>
    public RecordHistory? History { get; set; }

    /// <summary>Only where a record was asked for.</summary>
    public long? PartyId { get; set; }

    public bool IsArchived => ArchivedAt is not null;

    public Dictionary<string, StoredLink> Links { get; } = new(StringComparer.Ordinal);

    /// <summary>The contact as reads return it; only where a record was asked for.</summary>
    public Contact ToContact(RecordShape shape) => ToContact(shape, ValuesOf(shape), Links.Values, History!);

    /// <summary>A contact of these values, with its locations in the order that reads have them.</summary>
    public static Contact ToContact(RecordShape shape, object?[] values, IEnumerable<StoredLink> links, RecordHistory history) => new(
        shape,
        values,
        [.. links.OrderBy(link => link.LocationRef, StringComparer.Ordinal).Select(link => new ContactLocation(link.LocationRef, link.IsPreferred, link.StartDate, link.EndDate, link.UsageTypeId))],
        history);
}

/// <summary>A contact's association with one location.</summary>
internal sealed record StoredLink(string LocationRef, bool IsPreferred, DateOnly? StartDate, DateOnly? EndDate)
{
    /// <summary>The location's, for the record; not part of the association.</summary>
    public int? UsageTypeId { get; init; }

    /// <summary>False where the location was archived after the contact.</summary>
    public bool HasLocation { get; init; } = true;

    /// <summary>Whether another contact took the location from this one, which has claimed it and not given it up.</summary>
    public bool IsLost { get; init; }
}

/// <summary>A location with its version, and its preferred contact, if it has one, with that contact's.</summary>
internal sealed record StoredLocation(
    string ClientRef, string LocationRef, int? UsageTypeId, long Version, string? PreferredContactRef, long? PreferredContactVersion);
