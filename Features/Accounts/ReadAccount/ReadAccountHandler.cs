using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Accounts.ReadAccount;

internal sealed class ReadAccountHandler : IRequestHandler<ReadAccountQuery, Answer<Account>>
{
    private const string Sql =
        $"""
        select {AccountFields.Columns}
        from account
        where lower(op_id) = lower(@OpId)
        """;

    public async Task<Answer<Account>> Handle(ReadAccountQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Account>(new CommandDefinition(Sql, new { request.OpId }, cancellationToken: cancellationToken)) is { } account
            ? account
            : new Refusal(ApiErrors.AccountNotFound, $"No account {request.OpId}");
    }
}
