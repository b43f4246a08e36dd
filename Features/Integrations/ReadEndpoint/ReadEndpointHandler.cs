using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.ReadEndpoint;

internal sealed class ReadEndpointHandler : IRequestHandler<ReadEndpointQuery, Answer<Integrations.Endpoint>>
{
    private const string Sql =
        $"""
        select {EndpointFields.Columns}
        from {EndpointFields.Source}
        where endpoint_id = @Id
        """;

    public async Task<Answer<Integrations.Endpoint>> Handle(ReadEndpointQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Integrations.Endpoint>(new CommandDefinition(Sql, new { request.Id }, cancellationToken: cancellationToken)) is { } endpoint
            ? endpoint
            : new Refusal(ApiErrors.EndpointNotFound, $"There is no endpoint {request.Id}");
    }
}
