using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using Dapper;
using MediatR;

namespace CrmImport.Features.Lists.EditListItem;

internal sealed class EditListItemHandler(TimeProvider clock) : IRequestHandler<EditListItemCommand, Answer<EditedListItem>>
{
    // One writer of a list at a time: lists are short, and change rarely.
    private const string Lock = "select pg_advisory_xact_lock(hashtextextended('list ' || @List, 0))";

    private const string Read = $"select {ListItemFields.Columns} from list_item where list = @List and id = @Id";

    private const string Store =
        """
        insert into list_item (list, id, name, rank, active)
        values (@List, @Id, @Name, @Rank, @Active)
        on conflict (list, id) do update set name = excluded.name, rank = excluded.rank, active = excluded.active
        """;

    public async Task<Answer<EditedListItem>> Handle(EditListItemCommand request, CancellationToken cancellationToken)
    {
        var at = clock.DatabaseNow();
        var item = new ManagedListItem(
            request.Number!.Value, request.Item.Text(ListItemFields.Name), (int)(request.Item[ListItemFields.Rank] ?? 0), (bool)(request.Item[ListItemFields.Active] ?? true));
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Lock, new { request.List }, cancellationToken: cancellationToken));
        var before = await connection.QuerySingleOrDefaultAsync<ManagedListItem>(Read, new { request.List, item.Id });
        var changes = new FieldChanges();
        changes.Add(ListItemFields.Name.Name, before?.Name, item.Name);
        changes.Add(ListItemFields.Rank.Name, before?.Rank, item.Rank);
        changes.Add(ListItemFields.Active.Name, before?.Active, item.Active);
        var outcome = before is null ? WriteOutcome.Created : changes.IsEmpty ? WriteOutcome.Unchanged : WriteOutcome.Updated;
        if (outcome != WriteOutcome.Unchanged && !request.IsDryRun)
        {
            await connection.ExecuteAsync(Store, new { request.List, item.Id, item.Name, item.Rank, item.Active });
            var status = before is null ? StatusCodes.Status201Created : StatusCodes.Status200OK;
            var audited = new AuditedChange(RecordTypes.ListItem, "", "", outcome.Text(), status, changes.ToJson(), at) { RecordRef = $"{request.List}/{item.Id}" };
            await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, audited, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            request.Tenant.Lists.Forget((list, _) => list == request.List);
        }

        return new EditedListItem(item, outcome, changes.ToJson());
    }
}
