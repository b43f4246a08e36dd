using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.ListKeys;

internal sealed class ListKeysHandler : IRequestHandler<ListKeysQuery, Answer<ListPage<KeyItem>>>
{
    private const string HasEndpoint = "select exists (select from endpoint where endpoint_id = @EndpointId)";

    private static readonly ListSql Sql = new(
        $$"""
        select {{KeyFields.Columns}}
        from access_key
        where endpoint_id = @EndpointId and {filter}
        order by {order}
        limit @Size offset @Position
        """,
        "select count(*) from access_key where endpoint_id = @EndpointId and {filter}");

    public async Task<Answer<ListPage<KeyItem>>> Handle(ListKeysQuery request, CancellationToken cancellationToken)
    {
        var scope = new { request.EndpointId };
        await using (var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken))
        {
            if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(HasEndpoint, scope, cancellationToken: cancellationToken)))
            {
                return new Refusal(ApiErrors.EndpointNotFound, $"No endpoint {request.EndpointId}");
            }
        }

        return await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope, header => header.GetRowParser<KeyItem>(), cancellationToken);
    }
}
