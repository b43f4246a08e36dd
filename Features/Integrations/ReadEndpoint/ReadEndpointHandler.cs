using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.ReadEndpoint;

internal sealed class ReadEndpointHandler : IRequestHandler<ReadEndpointQuery, Answer<Integrations.Endpoint>>
{
    private const string Sql =
        """
        select
            e.endpoint_id as id, e.name, a.op_id as account, e.allowed_addresses, e.active, e.version, e.created_at, e.created_by, e.updated_at, e.updated_by
        from endpoint e
        join account a on a.account_id = e.account_id
        where e.endpoint_id = @Id
        """;

    public async Task<Answer<Integrations.Endpoint>> Handle(ReadEndpointQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Integrations.Endpoint>(new CommandDefinition(Sql, new { request.Id }, cancellationToken: cancellationToken)) is { } endpoint
            ? endpoint
            : new Refusal(ApiErrors.EndpointNotFound, $"There is no endpoint {request.Id}");
    }
}
