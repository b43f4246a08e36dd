using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.ListEndpoints;

internal sealed class ListEndpointsHandler : IRequestHandler<ListEndpointsQuery, Answer<ListPage<Integrations.Endpoint>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{EndpointFields.Columns}}
        from {{EndpointFields.Source}}
        where {filter}
        order by {order}
        limit @Size offset @Position
        """,
        $$"""select count(*) from {{EndpointFields.Source}} where {filter}""");

    public async Task<Answer<ListPage<Integrations.Endpoint>>> Handle(ListEndpointsQuery request, CancellationToken cancellationToken) =>
        await ListReader.ReadAsync(request.Tenant.Db, request.List, Sql, scope: null, header => header.GetRowParser<Integrations.Endpoint>(), cancellationToken);
}
