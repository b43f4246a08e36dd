using CrmImport.Features.Rules;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;
using Npgsql;

namespace CrmImport.Features.Lists.EditListItem;

internal sealed class EditListItemHandler(TimeProvider clock) : IRequestHandler<EditListItemCommand, Answer<WriteAnswer>>
{
    private const string ReadNames = "select distinct list from list_item";

    private const string Read = $"select {ListItemFields.Columns} from list_item where list = @List and id = @Id";

    private const string FindDefault =
        """
        select field from field_requirement where field = any (@Fields) and default_value = @Id
        union all
        select name from custom_field where list = @List and default_value = @Id
        order by field
        limit 1
        """;

    private const string Store =
        """
        insert into list_item (list, id, name, rank, active)
        values (@List, @Id, @Name, @Rank, @Active)
        on conflict (list, id) do update set name = excluded.name, rank = excluded.rank, active = excluded.active
        """;

    public Task<Answer<WriteAnswer>> Handle(EditListItemCommand request, CancellationToken cancellationToken)
    {
        var at = clock.DatabaseNow();
        return KeyedTransaction.RunAsync(
            request, at, connection => DecideAsync(connection, request, at, cancellationToken), () => request.Tenant.Lists.Forget((list, _) => list == request.List), cancellationToken);
    }

    private static async Task<Answer<WriteAnswer>> DecideAsync(NpgsqlConnection connection, EditListItemCommand request, DateTime at, CancellationToken cancellationToken)
    {
        var item = new ManagedListItem(
            request.Number!.Value, request.Item.Text(ListItemFields.Name), (int)(request.Item[ListItemFields.Rank] ?? 0), (bool)(request.Item[ListItemFields.Active] ?? true));
        await connection.ExecuteAsync(new CommandDefinition(ListItemFields.Lock, new { request.List }, cancellationToken: cancellationToken));
        if (!request.MayCreateList && !ListItemFields.KnownLists.Contains(request.List)
            && (await connection.QueryAsync<string>(new CommandDefinition(ReadNames, cancellationToken: cancellationToken))).AsList() is var names && !names.Contains(request.List))
        {
            return new Refusal(ApiErrors.ListNotFound, $"No list {request.List}; the lists are {string.Join(", ", ListItemFields.KnownLists.Union(names).Order(StringComparer.Ordinal))}, and createList=true creates another");
        }

        var before = await connection.QuerySingleOrDefaultAsync<ManagedListItem>(Read, new { request.List, item.Id });
        if (before is { Active: true } && !item.Active
            && await connection.ExecuteScalarAsync<string?>(new CommandDefinition(FindDefault, new { request.List, Fields = FieldsOf(request.List), Id = $"{item.Id}" }, cancellationToken: cancellationToken)) is { } field)
        {
            return new Refusal(ApiErrors.ListItemInUse, $"{request.List} {item.Id} is the default of {field}: give that another one first");
        }

        var changes = new FieldChanges();
        changes.Add(ListItemFields.Name.Name, before?.Name, item.Name);
        changes.Add(ListItemFields.Rank.Name, before?.Rank, item.Rank);
        changes.Add(ListItemFields.Active.Name, before?.Active, item.Active);
        var outcome = before is null ? WriteOutcome.Created : changes.IsEmpty ? WriteOutcome.Unchanged : WriteOutcome.Updated;
        var answer = ListItemAnswer.Of(item, outcome, changes, request.Conditions.IsDryRun);
        if (outcome != WriteOutcome.Unchanged)
        {
            await connection.ExecuteAsync(Store, new { request.List, item.Id, item.Name, item.Rank, item.Active });
            var audited = new AuditedChange(RecordTypes.ListItem, "", "", outcome.Text(), answer.Status, changes.ToJson(), at) { RecordRef = $"{request.List}/{item.Id}" };
            await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, audited, CancellationToken.None);
        }

        return answer;
    }

    // As requirements name the fields that choose from the list.
    private static string[] FieldsOf(string list) => [.. RuledField.All.Where(field => field.Field.List == list).Select(field => field.Name)];
}
