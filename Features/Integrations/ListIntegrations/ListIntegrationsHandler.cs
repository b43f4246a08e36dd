using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.ListIntegrations;

internal sealed class ListIntegrationsHandler : IRequestHandler<ListIntegrationsQuery, Answer<ListPage<Integration>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{IntegrationFields.Columns}}
        from {{IntegrationFields.Source}}
        where {filter}
        order by {order}
        limit @Size offset @Position
        """,
        $$"""select count(*) from {{IntegrationFields.Source}} where {filter}""");

    public async Task<Answer<ListPage<Integration>>> Handle(ListIntegrationsQuery request, CancellationToken cancellationToken) =>
        await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope: null, header => header.GetRowParser<Integration>(), cancellationToken);
}
