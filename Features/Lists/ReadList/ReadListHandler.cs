using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Lists.ReadList;

internal sealed class ReadListHandler : IRequestHandler<ReadListQuery, Answer<IReadOnlyList<ListItem>>>
{
    private const string Sql =
        """
        select id, name, rank, active
        from list_item
        where lower(list) = lower(@Name)
        order by rank, id
        """;

    public async Task<Answer<IReadOnlyList<ListItem>>> Handle(ReadListQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var items = (await connection.QueryAsync<(int Id, string Name, int Rank, bool Active)>(new CommandDefinition(
            Sql, new { request.Name }, cancellationToken: cancellationToken))).AsList();
        return items.Count > 0
            ? Answer<IReadOnlyList<ListItem>>.Of([.. items.Where(item => item.Active).Select(item => new ListItem(item.Id, item.Name, item.Rank))])
            : new Refusal(ApiErrors.ListNotFound, $"No list {request.Name}");
    }
}
