using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Accounts.ListAccounts;

internal sealed class ListAccountsHandler : IRequestHandler<ListAccountsQuery, Answer<ListPage<Account>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{AccountFields.Columns}}
        from (
            select {{AccountFields.Columns}}
            from account
            where {filter}
            {fence}
        ) found
        order by {order}
        limit @Size offset @Position
        """,
        "select count(*) from account where {filter}");

    public async Task<Answer<ListPage<Account>>> Handle(ListAccountsQuery request, CancellationToken cancellationToken) =>
        await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope: null, header => header.GetRowParser<Account>(), cancellationToken);
}
