using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;
using Npgsql;

namespace CrmImport.Features.Lists.DeleteListItem;

/// <summary>Only inactive items, which nobody takes any more; a write that takes one just now is waited for.</summary>
internal sealed class DeleteListItemHandler(TimeProvider clock) : IRequestHandler<DeleteListItemCommand, Answer<WriteAnswer>>
{
    private const string Read = $"select {ListItemFields.Columns} from list_item where list = @List and id::text = @Id for update";

    private const string Delete = "delete from list_item where list = @List and id = @Id";

    /// <summary>How many records have an item of a list, archived ones too.</summary>
    private static readonly Dictionary<string, string> CountUses = new(StringComparer.Ordinal)
    {
        [ContactFields.ContactTypes] = "select count(*) from contact where @Id in (contact1_type, contact2_type, contact3_type, contact4_type)",
        ["task"] = "select count(*) from activity where task_id = @Id",
        [ContactFields.UsageTypes] = "select count(*) from location where usage_type_id = @Id",
    };

    /// <summary>Retired ones too: they keep their values.</summary>
    private const string FindCustomFields = "select name from custom_field where list = @List";

    public Task<Answer<WriteAnswer>> Handle(DeleteListItemCommand request, CancellationToken cancellationToken)
    {
        var at = clock.DatabaseNow();
        return KeyedTransaction.RunAsync(
            request, at, connection => DecideAsync(connection, request, at, cancellationToken), () => request.Tenant.Lists.Forget((list, _) => list == request.List), cancellationToken);
    }

    private static async Task<Answer<WriteAnswer>> DecideAsync(NpgsqlConnection connection, DeleteListItemCommand request, DateTime at, CancellationToken cancellationToken)
    {
        await connection.ExecuteAsync(new CommandDefinition(ListItemFields.Lock, new { request.List }, cancellationToken: cancellationToken));
        var item = await connection.QuerySingleOrDefaultAsync<ManagedListItem>(new CommandDefinition(Read, new { request.List, request.Id }, cancellationToken: cancellationToken));
        if (item is null)
        {
            return new Refusal(ApiErrors.ListNotFound, $"No item {request.Id} in a list {request.List}");
        }

        if (item.Active)
        {
            return new Refusal(ApiErrors.ListItemActive, $"{request.List} {item.Id} is active: set active to false first");
        }

        if (await CountUsesAsync(connection, request.List, item.Id, cancellationToken) is > 0 and var uses)
        {
            return new Refusal(ApiErrors.ListItemInUse, $"{request.List} {item.Id} is used by {uses} record{(uses == 1 ? ", which keeps" : "s, which keep")} it; inactive, it is not offered for others");
        }

        var changes = new FieldChanges();
        changes.Add(ListItemFields.Name.Name, item.Name, null);
        changes.Add(ListItemFields.Rank.Name, item.Rank, null);
        changes.Add(ListItemFields.Active.Name, item.Active, null);
        await connection.ExecuteAsync(Delete, new { request.List, item.Id });
        var answer = ListItemAnswer.Of(item, WriteOutcome.Deleted, changes, request.Conditions.IsDryRun);
        var audited = new AuditedChange(RecordTypes.ListItem, "", "", WriteOutcome.Deleted.Text(), answer.Status, changes.ToJson(), at) { RecordRef = $"{request.List}/{item.Id}" };
        await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, audited, CancellationToken.None);
        return answer;
    }

    // A custom field's name is the record's and a name of letters and digits: so it may stand in the statement.
    private static async Task<long> CountUsesAsync(NpgsqlConnection connection, string list, int id, CancellationToken cancellationToken)
    {
        var added = (await connection.QueryAsync<string>(new CommandDefinition(FindCustomFields, new { List = list }, cancellationToken: cancellationToken)))
            .Select(name => name.Split('.')).Select(name => $"select count(*) from {name[0]} where custom ->> '{name[1]}' = @Id::text");
        string[] counts = [.. CountUses.TryGetValue(list, out var known) ? [known] : Array.Empty<string>(), .. added];
        return counts.Length == 0 ? 0
            : await connection.ExecuteScalarAsync<long>(new CommandDefinition($"select {string.Join(" + ", counts.Select(count => $"({count})"))}", new { Id = id }, cancellationToken: cancellationToken));
    }
}
