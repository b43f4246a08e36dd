using System.Data;
using System.Text;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>The one way a record other than a contact is edited: locked, decided on, stored with its audit entry and its kept answer, in one transaction.</summary>
internal sealed class RecordWriter(TimeProvider clock)
{
    /// <summary>How often a record may be created by somebody else between our reading and our creating it.</summary>
    private const int MaxRounds = 25;

    private const string HasListItem = "select exists (select from list_item where list = @List and id = @Id and active)";

    /// <summary>As long as the transaction lasts, nobody deletes the item.</summary>
    private const string HoldListItem = "select true from list_item where list = @List and id = @Id and active for key share";

    public async Task<Answer<WriteAnswer>> WriteAsync(RecordTable table, RecordEdit edit, Tenant tenant, Caller caller, CancellationToken cancellationToken)
    {
        if (edit.Patch is { Reads: true } && table.ReadPermission is { } read && !caller.Can(read))
        {
            return new Refusal(ApiErrors.Forbidden, $"A JSON Patch requires the permission {read}; a merge patch does not");
        }

        table = table with { Shape = edit.Shape ?? (table.TakesCustomFields ? await tenant.Rules.OfAsync(table.Shape, cancellationToken) : table.Shape) };

        // Only the native routes ask for versions: Oneserve's and SuperOffice's clients know nothing of them.
        var isVersionRequired = edit.Mode != RecordEditMode.Upsert && !table.IsWrittenWithoutVersion && (await tenant.Settings.ReadAsync(cancellationToken)).RequireVersion;
        Unheard? unheard = null;
        for (var round = 0; round < MaxRounds; round++)
        {
            await using var connection = unheard is null
                ? await tenant.Db.OpenConnectionAsync(cancellationToken)
                : await Reconnecting.Pipeline.ExecuteAsync(async token => await tenant.Db.OpenConnectionAsync(token), CancellationToken.None);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var before = await ReadAsync(connection, table, edit, cancellationToken);
            if (unheard is not null && await AuditTrail.HasAsync(connection, caller.Origin, unheard.Change, CancellationToken.None))
            {
                return unheard.Answer;
            }

            if (edit.Conditions.Key is { } key && await StoredResponse.FindAsync(connection, caller.AccountId, key, cancellationToken) is { } kept)
            {
                return kept;
            }

            if (edit.Mode == RecordEditMode.Archive && before is { History.IsArchived: false }
                && await connection.ExecuteScalarAsync<long>(new CommandDefinition(table.Archive!.CountUses, KeyParameters(table, edit), cancellationToken: cancellationToken)) is > 0 and var uses)
            {
                return table.Archive.InUse(edit.Keys, uses);
            }

            var at = clock.DatabaseNow();
            var write = new RecordWrite(connection, edit, before, tenant, caller, at);
            var values = RecordChange.Decide(table, edit, before, isVersionRequired);
            if ((values.Refusal ?? (table.BeforeWrite is { } settle ? await settle(write, values.Value) : null)) is { } refusal)
            {
                return refusal;
            }

            var change = new RecordChange(table, edit.Mode, before, values.Value, at, caller);
            if ((change.CheckPermission(table, caller) ?? await CheckListsAsync(connection, table, change, edit.Conditions.IsDryRun ? HasListItem : HoldListItem, cancellationToken) ?? RecordChange.CheckStored(table, edit, before, isVersionRequired)) is { } forbidden)
            {
                return forbidden;
            }

            var answer = RecordAnswer.Of(table, edit, change, write.Warnings, table.ReadPermission is not { } needed || caller.Can(needed));
            var audited = Audited(table, change, answer, at);
            if (!await StoreAsync(table, write, change, answer, audited))
            {
                continue; // another was faster with the record or with the key: what it stored is what this one is decided on
            }

            if (edit.Conditions.IsDryRun)
            {
                return answer;
            }

            var isCommitted = await TryCommitAsync(connection, transaction);
            write.AfterCommit.ForEach(forget => forget());
            if (isCommitted)
            {
                return answer;
            }

            unheard = new Unheard(answer, audited);
        }

        return new Refusal(ApiErrors.Busy, $"Too many concurrent writes to this {table.Name}") { RetryAfterSeconds = 1 };
    }

    // A dry run locks nothing: its row must stay as it is.
    private static async Task<StoredRecord?> ReadAsync(NpgsqlConnection connection, RecordTable table, RecordEdit edit, CancellationToken cancellationToken)
    {
        if (!edit.Conditions.IsDryRun)
        {
            // The stronger lock keeps out who would refer to the record.
            var sql = $"{table.Lock} {(edit.Mode == RecordEditMode.Archive ? "for update" : "for no key update")}";
            await connection.ExecuteAsync(new CommandDefinition(sql, KeyParameters(table, edit), cancellationToken: cancellationToken));
        }

        await using var row = await connection.ExecuteReaderAsync(new CommandDefinition(table.Read, KeyParameters(table, edit), cancellationToken: cancellationToken));
        if (!await row.ReadAsync(cancellationToken))
        {
            return null;
        }

        return StoredRecord.Read(row, table.Shape, hasArchive: table.Archive is not null);
    }

    private static async Task<Refusal?> CheckListsAsync(NpgsqlConnection connection, RecordTable table, RecordChange change, string find, CancellationToken cancellationToken)
    {
        var problems = new List<Problem>();
        foreach (var (field, _, after) in change.Changes)
        {
            if (field.List is { } list && after is int id
                && !await connection.ExecuteScalarAsync<bool>(new CommandDefinition(find, new { List = list, Id = id }, cancellationToken: cancellationToken)))
            {
                problems.Add(Problem.Severe(table.UnknownListItem, field.Name, $"{field.Name} {id} is not in the list {list}"));
            }
        }

        return problems.Count > 0 ? Refusal.Of(problems) : null;
    }

    // From here on a disconnecting caller cancels nothing: the result of a commit must be read. A dry run goes as far as the database's constraints.
    private static async Task<bool> StoreAsync(RecordTable table, RecordWrite write, RecordChange change, WriteAnswer answer, AuditedChange audited)
    {
        var (connection, edit, caller) = (write.Connection, write.Edit, write.Caller);
        if (change.Outcome == WriteOutcome.Created && await connection.ExecuteAsync(table.Insert, ValueParameters(table, change, caller)) == 0)
        {
            return false;
        }

        if (change.Outcome == WriteOutcome.Updated && (!edit.Conditions.IsDryRun || table.RunsUpdateInDryRun))
        {
            await connection.ExecuteAsync(table.Update, ValueParameters(table, change, caller));
        }

        if (edit.Conditions.IsDryRun)
        {
            return true;
        }

        if (change.Outcome != WriteOutcome.Unchanged)
        {
            if (table.AlongsideWrite is { } along)
            {
                await along(write, change);
            }

            await AuditTrail.AddAsync(connection, new(caller.OpId, caller.Kind), caller.Origin, audited, CancellationToken.None);
        }

        return edit.Conditions.Key is not { } key || await StoredResponse.KeepAsync(connection, caller.AccountId, key, answer, audited.At, CancellationToken.None);
    }

    // False where the connection broke before the answer: whether it was committed stands in the database, nowhere else.
    private static async Task<bool> TryCommitAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
            return true;
        }
        catch (NpgsqlException) when (connection.State != ConnectionState.Open)
        {
            return false;
        }
    }

    private static AuditedChange Audited(RecordTable table, RecordChange change, WriteAnswer answer, DateTime at)
    {
        var (first, second) = (change.Keys.ElementAtOrDefault(0) ?? "", change.Keys.ElementAtOrDefault(1) ?? "");
        var hasOwnKey = table.IsTenantWide || table.Client is not null;
        return new(
            table.RecordType, table.Client is { } client ? (string)change.After.Values[table.Shape.IndexOf(client)]! : hasOwnKey ? "" : first, hasOwnKey ? "" : second, change.Outcome.Text(), answer.Status,
            Encoding.UTF8.GetString(RecordAnswer.ToJson(change.WriteChanges)), at)
        {
            RecordRef = hasOwnKey ? first : "",
        };
    }

    private static DynamicParameters KeyParameters(RecordTable table, RecordEdit edit)
    {
        var parameters = new DynamicParameters();
        foreach (var (field, key) in table.Shape.Fields.Where(field => field.Key).Zip(edit.Keys))
        {
            parameters.Add(field.Column, key, DbType.String);
        }

        return parameters;
    }

    private static DynamicParameters ValueParameters(RecordTable table, RecordChange change, Caller caller)
    {
        var parameters = new DynamicParameters(new { At = change.After.History.UpdatedAt, Account = caller.OpId });
        if (table.Archive is not null)
        {
            parameters.Add("archived_at", change.After.History.ArchivedAt, DbType.DateTime);
        }

        if (table.TakesCustomFields)
        {
            parameters.Add(CustomField.Column, CustomValues.ToJson(table.Shape, change.After.Values), DbType.String);
        }

        for (var i = 0; i < table.Shape.FirstCustom; i++)
        {
            var field = table.Shape.Fields[i];
            var value = change.After.Values[i];
            parameters.Add(field.Column, value is TextList texts ? texts.Items.ToArray() : value, field.Kind switch
            {
                FieldKind.Integer => DbType.Int32,
                FieldKind.Long => DbType.Int64,
                FieldKind.Timestamp => DbType.DateTime,
                FieldKind.Boolean => DbType.Boolean,
                FieldKind.TextList => null,
                _ => DbType.String,
            });
        }

        return parameters;
    }

    /// <summary>An answer whose commit was not heard, and how to find out whether it happened.</summary>
    private sealed record Unheard(WriteAnswer Answer, AuditedChange Change);
}
