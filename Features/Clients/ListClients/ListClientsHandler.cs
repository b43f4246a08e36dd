using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Clients.ListClients;

internal sealed class ListClientsHandler : IRequestHandler<ListClientsQuery, Answer<ListPage<ClientItem>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{ClientFields.Columns}}
        from (
            select {{ClientFields.Columns}}
            from client
            where {filter}
            {fence}
        ) found
        order by {order}
        limit @Size offset @Position
        """,
        "select count(*) from client where {filter}");

    public async Task<Answer<ListPage<ClientItem>>> Handle(ListClientsQuery request, CancellationToken cancellationToken) =>
        await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope: null, header => header.GetRowParser<ClientItem>(), cancellationToken);
}
