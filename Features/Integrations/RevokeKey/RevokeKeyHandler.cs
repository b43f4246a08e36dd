using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.RevokeKey;

/// <summary>Whoever manages integrations revokes any key, also of an account that may do more: to stop one that leaked gives nobody rights.</summary>
internal sealed class RevokeKeyHandler(TimeProvider clock) : IRequestHandler<RevokeKeyCommand, Answer<RevokedKey>>
{
    private const string HasEndpoint = "select exists (select from endpoint where endpoint_id = @EndpointId)";

    private const string Revoke =
        """
        update access_key
        set revoked_at = @At, revoked_by = @RevokedBy
        where key_id = @KeyId and endpoint_id = @EndpointId and revoked_at is null
        """;

    private const string Read =
        $"""
        select {KeyFields.Columns}
        from access_key
        where key_id = @KeyId and endpoint_id = @EndpointId
        """;

    public async Task<Answer<RevokedKey>> Handle(RevokeKeyCommand request, CancellationToken cancellationToken)
    {
        var at = clock.DatabaseNow();
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(HasEndpoint, new { request.EndpointId }, cancellationToken: cancellationToken)))
        {
            return new Refusal(ApiErrors.EndpointNotFound, $"No endpoint {request.EndpointId}");
        }

        var isRevoked = await connection.ExecuteAsync(Revoke, new { request.KeyId, request.EndpointId, At = at, RevokedBy = request.Caller.OpId }) == 1;
        if (await connection.QuerySingleOrDefaultAsync<KeyItem>(Read, new { request.KeyId, request.EndpointId }) is not { } key)
        {
            return new Refusal(ApiErrors.KeyNotFound, $"The endpoint has no key {request.KeyId}");
        }

        if (isRevoked && !request.IsDryRun)
        {
            await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, Audited(request, at), CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            TenantCredentials.Of(request.Tenant).OnKeyChanged(request.KeyId);
        }

        return new RevokedKey(key, isRevoked ? WriteOutcome.Updated : WriteOutcome.Unchanged);
    }

    private static AuditedChange Audited(RevokeKeyCommand request, DateTime at)
    {
        var changes = new FieldChanges();
        changes.Add("revokedAt", null, at);
        return new AuditedChange(RecordTypes.AccessKey, "", "", "updated", StatusCodes.Status200OK, changes.ToJson(), at) { RecordRef = request.KeyId };
    }
}
