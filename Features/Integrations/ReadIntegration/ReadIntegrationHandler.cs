using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.ReadIntegration;

internal sealed class ReadIntegrationHandler : IRequestHandler<ReadIntegrationQuery, Answer<Integration>>
{
    private const string Sql =
        $"""
        select {IntegrationFields.Columns}
        from {IntegrationFields.Source}
        where endpoint_id = @Id
        """;

    public async Task<Answer<Integration>> Handle(ReadIntegrationQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Integration>(new CommandDefinition(Sql, new { request.Id }, cancellationToken: cancellationToken)) is { } endpoint
            ? endpoint
            : new Refusal(ApiErrors.EndpointNotFound, $"No endpoint {request.Id}");
    }
}
