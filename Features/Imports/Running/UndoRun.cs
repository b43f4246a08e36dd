using System.Buffers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CrmImport.Features.Contacts;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Features.Imports.Reading;
using CrmImport.Features.Locations.EditLocation;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using MediatR;
using Npgsql;

namespace CrmImport.Features.Imports.Running;

/// <summary>
/// Undoes an import, by its audit: contacts that it created are archived, those that it changed get the values they had before. What somebody else changed since is kept.
/// Some contacts at a time, each with its results and with where the undo goes on, as an import's chunks.
/// </summary>
internal sealed partial class UndoRun(Tenant tenant, ImportTable import, Guid claim, ImportsOptions limits, ContactWriter writer, IMediator mediator, ImportTurns turns, TimeProvider clock) : IImportRun
{
    private const int ContactsAtATime = 200;

    // Contacts that took a location before those that lost it, so that it is free when it goes back.
    private const string List =
        """
        insert into import_undo (import_id, number, client_ref, contact_ref, location_ref, last_entry)
        select
            @ImportId, row_number() over (order by contact_ref = '', bool_or(changes::text ~ 'isPreferred":\[(null|false),true\]') desc, max(id) desc) - 1,
            client_ref, contact_ref, location_ref, max(id)
        from audit_entry
        where import_id = @UndoOf and record_type in ('contact', 'location')
        group by client_ref, contact_ref, location_ref
        on conflict (import_id, number) do nothing
        """;

    private const string Next = "select number, client_ref, contact_ref, location_ref, last_entry from import_undo where import_id = @ImportId and number >= @Number order by number limit @Limit";

    private const string Lock =
        """
        select c.version
        from unnest(@ClientRefs, @ContactRefs) as wanted (client_ref, contact_ref)
        join contact c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref
        order by c.client_ref, c.contact_ref
        for no key update of c
        """;

    private const string Read = $"select {ContactFields.Columns} from contact_record join unnest(@ClientRefs, @ContactRefs) as wanted (client_ref, contact_ref) using (client_ref, contact_ref)";

    private const string Entries =
        """
        select
            a.client_ref, a.contact_ref, a.location_ref, a.id, a.at, a.account, a.outcome, a.changes, a.import_id is not distinct from @UndoOf as is_own,
            exists ( -- by another import that was undone, or by its undo
                select from import u
                join audit_entry g on g.import_id = u.import_id and g.client_ref = a.client_ref and g.contact_ref = a.contact_ref and g.location_ref = a.location_ref
                where u.undo_of is not null and a.import_id in (u.undo_of, u.import_id)
            ) as is_given_back
        from unnest(@ClientRefs, @ContactRefs, @LocationRefs) as wanted (client_ref, contact_ref, location_ref)
        join audit_entry a on a.client_ref = wanted.client_ref and a.contact_ref = wanted.contact_ref and a.location_ref = wanted.location_ref
        where a.outcome in ('created', 'updated') and a.record_type in ('contact', 'location') and a.import_id is distinct from @ImportId
        order by a.id
        """;

    private const string Holders =
        """
        select client_ref, location_ref, contact_ref
        from contact_location
        join unnest(@ClientRefs, @LocationRefs) as wanted (client_ref, location_ref) using (client_ref, location_ref)
        where is_preferred and live
        """;

    private const string MarkUndone = "update import set state = 'undone' where import_id = @UndoOf";

    private readonly Caller caller = ImportCaller.Read(import);
    private readonly bool isDryRun = import.ImportOptions.DryRun;
    private readonly TimeSpan takeOver = TimeSpan.FromSeconds(limits.TakeOverSeconds);
    private ImportTotals totals = new(import);
    private RecordShape shape = ContactFields.Contact;

    public bool IsCancelled { get; set; } = import.IsCancelled;

    public string EndState { get; private set; } = ImportStates.Completed;

    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        shape = await tenant.Rules.WithRetiredAsync(ContactFields.Contact, cancellationToken);
        if (totals.RowsRead == 0)
        {
            await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition(List, new { import.ImportId, import.UndoOf }, commandTimeout: 0, cancellationToken: cancellationToken)); // the audit has no index for it
        }

        while (await NextAsync(cancellationToken) is { Count: > 0 } items)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }

            if (IsCancelled)
            {
                await FinishAsync(ImportStates.Cancelled);
                return true;
            }

            using (await turns.TakeAsync(cancellationToken))
            {
                await UndoAsync(items);
            }
        }

        await FinishAsync(ImportStates.Completed);
        return true;
    }

    // Contacts, or one location.
    private async Task<List<UndoItem>> NextAsync(CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        var items = (await connection.QueryAsync<UndoItem>(new CommandDefinition(Next, new { import.ImportId, Number = totals.RowsRead, Limit = ContactsAtATime }, cancellationToken: cancellationToken))).AsList();
        var contacts = items.TakeWhile(item => item.ContactRef.Length > 0).ToList();
        return contacts.Count > 0 ? contacts : [.. items.Take(1)];
    }

    private async Task UndoAsync(List<UndoItem> items)
    {
        if (items[0].ContactRef.Length == 0)
        {
            await UndoLocationAsync(items[0]);
            return;
        }

        while (!await TryUndoAsync(items))
        {
        }
    }

    // False where another writer was faster.
    private async Task<bool> TryUndoAsync(List<UndoItem> items)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync();
        var keys = new { ClientRefs = items.ConvertAll(item => item.ClientRef).ToArray(), ContactRefs = items.ConvertAll(item => item.ContactRef).ToArray(), LocationRefs = items.ConvertAll(_ => "").ToArray() };
        try
        {
            await connection.ExecuteAsync(Lock, keys);
            var stored = await ReadAsync(connection, shape, keys);
            var entries = await EntriesAsync(connection, items);
            var (commands, owners, results) = (new List<UpsertContactCommand>(), new List<int>(), new UndoResult[items.Count]);
            for (var i = 0; i < items.Count; i++)
            {
                results[i] = new(items[i]);
                var own = entries[(items[i].ClientRef, items[i].ContactRef, "")].ToArray();
                if (ChangedSince(items[i], own) is { } problem)
                {
                    results[i].Problem = problem;
                    continue;
                }

                foreach (var command in CommandsFor(stored[(items[i].ClientRef, items[i].ContactRef)], own))
                {
                    commands.Add(command);
                    owners.Add(i);
                }
            }

            await KeepTakenAsync(connection, commands);
            if (await writer.WriteWithinAsync(tenant, connection, commands, takeLocks: true, CancellationToken.None) is not { } answers)
            {
                return false;
            }

            for (var i = 0; i < answers.Length; i++)
            {
                results[owners[i]].Take(answers[i], isDryRun);
            }

            await SaveAsync(connection, results);
            await transaction.CommitAsync();
            return true;
        }
        catch (PostgresException exception) when (DatabaseErrors.IsRace(exception))
        {
            tenant.KnownClients.Clear();
            return false;
        }
    }

    private static async Task<Dictionary<(string ClientRef, string ContactRef), Contact>> ReadAsync(NpgsqlConnection connection, RecordShape shape, object keys)
    {
        await using var reader = await connection.ExecuteReaderAsync(Read, keys);
        var (contacts, columns) = (new Dictionary<(string, string), Contact>(), new ContactColumns(reader, shape));
        while (await reader.ReadAsync())
        {
            var contact = columns.Read(reader);
            contacts[(contact.ClientRef, contact.ContactRef)] = contact;
        }

        return contacts;
    }

    private async Task<ILookup<(string ClientRef, string ContactRef, string LocationRef), UndoEntry>> EntriesAsync(NpgsqlConnection connection, List<UndoItem> items)
    {
        var entries = await connection.QueryAsync<UndoEntry>(
            Entries,
            new
            {
                import.UndoOf,
                import.ImportId,
                ClientRefs = items.ConvertAll(item => item.ClientRef).ToArray(),
                ContactRefs = items.ConvertAll(item => item.ContactRef).ToArray(),
                LocationRefs = items.ConvertAll(item => item.LocationRef).ToArray(),
            });
        return entries.ToLookup(entry => (entry.ClientRef, entry.ContactRef, entry.LocationRef));
    }

    private static Problem? ChangedSince(UndoItem item, UndoEntry[] entries) =>
        Array.Find(entries, entry => entry.Id > item.LastEntry && !entry.IsOwn && !entry.IsGivenBack) is { } later
            ? Problem.Severe(ApiErrors.ChangedSince, null, $"Changed by {later.Account} at {later.At:yyyy-MM-ddTHH:mm:ssZ}")
            : null;

    // What the import did first says what was there before.
    private static Dictionary<string, JsonElement> FormerValues(UndoEntry[] entries)
    {
        var former = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => entry.IsOwn && entry.Changes is not null))
        {
            foreach (var change in JsonDocument.Parse(entry.Changes!).RootElement.EnumerateObject())
            {
                former.TryAdd(change.Name, change.Value[0].Clone());
            }
        }

        return former;
    }

    private IEnumerable<UpsertContactCommand> CommandsFor(Contact stored, UndoEntry[] entries)
    {
        if (entries.First(entry => entry.IsOwn).Outcome == WriteOutcome.Created.Text())
        {
            return [Command(KeysOf(stored), ContactWriteMode.Archive)];
        }

        var former = FormerValues(entries);
        var edit = Command(Former(stored, former), ContactWriteMode.Edit);
        return former.TryGetValue("archived", out var archived) && archived.ValueKind == JsonValueKind.True ? [edit, Command(KeysOf(stored), ContactWriteMode.Archive)] : [edit];
    }

    private UpsertContactCommand Command(RecordInput contact, ContactWriteMode mode) =>
        new(tenant, caller, contact, mode, WriteConditions.None with { IsDryRun = isDryRun }, ToAnswer) { WantsRecord = false };

    private static WriteAnswer ToAnswer(WrittenContact written) =>
        new(StatusCodes.Status200OK, written.Outcome, null, null, written.Changes is { } changes ? Encoding.UTF8.GetBytes(changes) : default) { Warnings = written.Warnings };

    private static RecordInput KeysOf(Contact contact)
    {
        var keys = new RecordInput(contact.Shape, "", new ProblemBudget());
        keys.TakeKey(ContactFields.ClientRef, contact.ClientRef);
        keys.TakeKey(ContactFields.ContactRef, contact.ContactRef);
        return keys;
    }

    // The contact as it is, but for what the import changed.
    private static RecordInput Former(Contact stored, Dictionary<string, JsonElement> former)
    {
        var contact = KeysOf(stored);
        for (var i = ContactFields.FirstUpdatable; i < contact.Shape.Fields.Count; i++)
        {
            contact.TryMarkPresent(i);
            contact.Set(i, former.TryGetValue(contact.Shape.Fields[i].Name, out var value) ? CustomValues.ValueOf(value, contact.Shape.Fields[i]) : stored.Values[i]);
        }

        var locations = stored.Locations.ToDictionary(
            location => location.LocationRef, location => new Dictionary<string, object?> { ["isPreferred"] = location.IsPreferred, ["startDate"] = location.StartDate, ["endDate"] = location.EndDate }, StringComparer.Ordinal);
        foreach (var (name, value) in former)
        {
            if (OfLocation().Match(name) is { Success: true } match)
            {
                var locationRef = match.Groups["ref"].Value;
                var field = ContactFields.Location.Fields.First(field => field.Name == match.Groups["field"].Value);
                if (!locations.TryGetValue(locationRef, out var values))
                {
                    locations[locationRef] = values = [];
                }

                values[field.Name] = CustomValues.ValueOf(value, field);
            }
        }

        contact.Children = [.. locations.Where(location => location.Value.GetValueOrDefault("isPreferred") is bool).OrderBy(location => location.Key, StringComparer.Ordinal).Select(Child)]; // null: there was none
        return contact;

        RecordInput Child(KeyValuePair<string, Dictionary<string, object?>> location)
        {
            var child = new RecordInput(ContactFields.Location, $"{ContactFields.Locations}[{location.Key}].", contact.Budget);
            child.TakeKey(ContactFields.LocationRef, location.Key);
            foreach (var (name, value) in location.Value)
            {
                var index = ContactFields.Location.Fields.Index().First(field => field.Item.Name == name).Index;
                child.TryMarkPresent(index);
                child.Set(index, value);
            }

            return child;
        }
    }

    // A location that a third contact has taken since stays with it.
    private static async Task KeepTakenAsync(NpgsqlConnection connection, List<UpsertContactCommand> commands)
    {
        var claims = (from command in commands
                      from location in command.Contact.Children ?? []
                      where location[ContactFields.IsPreferred] is true
                      select (Command: command, Location: location, Key: (command.ClientRef, LocationRef: location.Text(ContactFields.LocationRef)))).ToArray();
        if (claims.Length == 0)
        {
            return;
        }

        var holders = (await connection.QueryAsync<(string ClientRef, string LocationRef, string ContactRef)>(
            Holders, new { ClientRefs = claims.Select(claim => claim.Key.ClientRef).ToArray(), LocationRefs = claims.Select(claim => claim.Key.LocationRef).ToArray() }))
            .Distinct().ToDictionary(holder => (holder.ClientRef, holder.LocationRef), holder => holder.ContactRef);
        var undone = commands.Select(command => (command.ClientRef, command.ContactRef)).ToHashSet();
        foreach (var claim in claims)
        {
            if (holders.TryGetValue(claim.Key, out var holder) && holder != claim.Command.ContactRef && !undone.Contains((claim.Key.ClientRef, holder)))
            {
                claim.Location.Set(ContactFields.Location.IndexOf(ContactFields.IsPreferred), false);
            }
        }
    }

    // By the request by which a location is edited: it has a transaction of its own, and changes nothing where it is repeated.
    private async Task UndoLocationAsync(UndoItem item)
    {
        var result = new UndoResult(item);
        await using var connection = await tenant.Db.OpenConnectionAsync(CancellationToken.None);
        var entries = (await EntriesAsync(connection, [item]))[(item.ClientRef, "", item.LocationRef)].ToArray();
        result.Problem = ChangedSince(item, entries);
        if (result.Problem is null && FormerValues(entries).TryGetValue(ContactFields.UsageTypeId.Name, out var usageType))
        {
            var patch = Encoding.UTF8.GetBytes($$"""{"{{ContactFields.UsageTypeId.Name}}":{{usageType.GetRawText()}}}""");
            var edit = RecordEdit.Change(new JsonBytes(MediaTypeNames.Application.Json, patch, patch), [item.ClientRef, item.LocationRef]).Value;
            var answer = await mediator.Send(new EditLocationCommand(tenant, caller, edit with { WantsRecord = false, Conditions = WriteConditions.AnyVersion with { IsDryRun = isDryRun } }));
            result.Problem = answer.Refusal is { } refusal ? Problem.Severe(refusal.Error, null, refusal.Message) : null;
            result.Outcome = result.Problem is null ? WriteOutcome.Updated : null;
        }

        await using var transaction = await connection.BeginTransactionAsync();
        await SaveAsync(connection, [result]);
        await transaction.CommitAsync();
    }

    private async Task SaveAsync(NpgsqlConnection connection, IReadOnlyList<UndoResult> results)
    {
        var after = totals.Copy();
        foreach (var result in results)
        {
            if (result.Problem is { } problem)
            {
                after.CountRejected(problem, result.Item.Number + 1, 1);
            }
            else
            {
                after.Count(result.Outcome ?? WriteOutcome.Unchanged, 1);
            }
        }

        await ImportStore.AddChunkAsync(
            connection, import.ImportId, new(totals.RowsRead + 1, 0), results.Count, totals.RowsRead, (int)(after.RowsRejected - totals.RowsRejected), Compression.Deflate(UndoResult.Write(results)), CancellationToken.None);
        if (!await ImportStore.SaveProgressAsync(connection, import.ImportId, claim, after, takeOver, CancellationToken.None))
        {
            throw new LostClaimException();
        }

        totals = after;
    }

    private async Task FinishAsync(string state)
    {
        EndState = state;
        await using var connection = await tenant.Db.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync();
        await ImportStore.FinishAsync(connection, import.ImportId, claim, state, [], clock.DatabaseNow(), CancellationToken.None);
        if (state == ImportStates.Completed && !isDryRun)
        {
            await connection.ExecuteAsync(MarkUndone, new { import.UndoOf });
        }

        await transaction.CommitAsync();
    }

    [GeneratedRegex(@"^locations\[(?<ref>.*)\]\.(?<field>isPreferred|startDate|endDate)$", RegexOptions.Singleline)]
    private static partial Regex OfLocation();

    /// <summary>A record to be given back what it had; Set by Dapper.</summary>
    internal sealed record UndoItem(long Number, string ClientRef, string ContactRef, string LocationRef, long LastEntry);

    /// <summary>An audit entry of such a record: the import's own, or another change.</summary>
    internal sealed record UndoEntry(string ClientRef, string ContactRef, string LocationRef, long Id, DateTime At, string Account, string Outcome, string? Changes, bool IsOwn, bool IsGivenBack);

    private sealed class UndoResult(UndoItem item)
    {
        private ReadOnlyMemory<byte> changes;

        public UndoItem Item => item;

        public WriteOutcome? Outcome { get; set; }

        public Problem? Problem { get; set; }

        // Of two writes of a record, what came of either.
        public void Take(Answer<WriteAnswer> answer, bool withChanges)
        {
            if (answer.Refusal is { } refusal)
            {
                Problem = refusal.Problems[0];
                return;
            }

            Outcome = Outcome == WriteOutcome.Updated ? Outcome : answer.Value.Outcome;
            if (withChanges)
            {
                changes = changes.Length <= 2 ? answer.Value.Body : answer.Value.Body.Length <= 2 ? changes : (byte[])[.. changes.Span[..^1], (byte)',', .. answer.Value.Body.Span[1..]];
            }
        }

        public static byte[] Write(IReadOnlyList<UndoResult> results)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using var writer = new Utf8JsonWriter(buffer, ReadableJson.Options);
            foreach (var result in results)
            {
                writer.WriteStartObject();
                writer.WriteNumber("line", result.Item.Number + 1);
                writer.WriteString("clientRef", result.Item.ClientRef);
                if (result.Item.ContactRef.Length > 0)
                {
                    writer.WriteString("contactRef", result.Item.ContactRef);
                }
                else
                {
                    writer.WriteString("locationRef", result.Item.LocationRef);
                }

                writer.WriteString("outcome", result.Problem is null ? (result.Outcome ?? WriteOutcome.Unchanged).Text() : RowResults.Rejected);
                if (!result.changes.IsEmpty)
                {
                    writer.WritePropertyName("changes");
                    writer.WriteRawValue(result.changes.Span);
                }

                if (result.Problem is { } problem)
                {
                    writer.WriteStartArray("problems");
                    JsonSerializer.Serialize(writer, problem, ImportJson.Default.Problem);
                    writer.WriteEndArray();
                }

                writer.WriteEndObject();
                writer.Flush();
                writer.Reset();
                buffer.Write("\n"u8);
            }

            return buffer.WrittenSpan.ToArray();
        }
    }
}
