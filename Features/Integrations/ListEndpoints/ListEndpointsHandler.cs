using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.ListEndpoints;

internal sealed class ListEndpointsHandler : IRequestHandler<ListEndpointsQuery, Answer<ListPage<Integrations.Endpoint>>>
{
    private const string Endpoints =
        """
        (
            select
                e.endpoint_id, e.name, a.op_id as account_op_id, e.allowed_addresses, e.active, e.version, e.created_at, e.created_by, e.updated_at, e.updated_by
            from endpoint e
            join account a on a.account_id = e.account_id
        ) every
        """;

    private static readonly ListSql Sql = new(
        $$"""
        select
            endpoint_id as id, name, account_op_id as account, allowed_addresses, active, version, created_at, created_by, updated_at, updated_by
        from {{Endpoints}}
        where {filter}
        order by {order}
        limit @Size offset @Position
        """,
        $$"""select count(*) from {{Endpoints}} where {filter}""");

    public async Task<Answer<ListPage<Integrations.Endpoint>>> Handle(ListEndpointsQuery request, CancellationToken cancellationToken) =>
        await ListReader.ReadAsync(request.Tenant.Db, request.List, Sql, scope: null, header => header.GetRowParser<Integrations.Endpoint>(), cancellationToken);
}
