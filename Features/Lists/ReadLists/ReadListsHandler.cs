using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Lists.ReadLists;

internal sealed class ReadListsHandler : IRequestHandler<ReadListsQuery, Answer<ManagedLists>>
{
    private const string Sql =
        $"""
        select list, {ListItemFields.Columns}
        from list_item
        where (@List::text is null or list = @List) and (@Id::text is null or id::text = @Id)
        order by list, rank, id
        """;

    public async Task<Answer<ManagedLists>> Handle(ReadListsQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string List, int Id, string Name, int Rank, bool Active)>(
            new CommandDefinition(Sql, new { request.List, request.Id }, cancellationToken: cancellationToken));
        var lists = new ManagedLists();
        foreach (var list in rows.GroupBy(row => row.List, StringComparer.Ordinal))
        {
            lists.Add(list.Key, [.. list.Select(row => new ManagedListItem(row.Id, row.Name, row.Rank, row.Active))]);
        }

        return request.Id is not null && lists.Count == 0
            ? new Refusal(ApiErrors.ListNotFound, $"No item {request.Id} in a list {request.List}")
            : lists;
    }
}
