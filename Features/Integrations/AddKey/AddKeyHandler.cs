using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using Dapper;
using MediatR;

namespace CrmImport.Features.Integrations.AddKey;

/// <summary>Makes the key under the endpoint's lock, so that the keys that live are counted rightly; stores its hash alone.</summary>
internal sealed class AddKeyHandler(TimeProvider clock) : IRequestHandler<AddKeyCommand, Answer<NewKey>>
{
    private const int MaxLiveKeys = 10;

    private const string LockEndpoint =
        """
        select a.op_id
        from endpoint e
        join account a on a.account_id = e.account_id
        where e.endpoint_id = @EndpointId
        for no key update of e
        """;

    private const string CountLive =
        """
        select count(*)
        from access_key
        where endpoint_id = @EndpointId and revoked_at is null and (expires_at is null or expires_at > @At)
        """;

    private const string Insert =
        """
        insert into access_key (key_id, endpoint_id, secret_hash, created_at, created_by, expires_at)
        values (@KeyId, @EndpointId, @SecretHash, @At, @CreatedBy, @ExpiresAt)
        """;

    public async Task<Answer<NewKey>> Handle(AddKeyCommand request, CancellationToken cancellationToken)
    {
        var (at, endpoint) = (clock.DatabaseNow(), new { request.EndpointId });
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.ExecuteScalarAsync<string>(new CommandDefinition(LockEndpoint, endpoint, cancellationToken: cancellationToken)) is not { } opId)
        {
            return new Refusal(ApiErrors.EndpointNotFound, $"No endpoint {request.EndpointId}");
        }

        if ((await ServiceAccount.FindAsync(connection, opId))!.CheckManagedBy(request.Caller) is { } refusal)
        {
            return refusal;
        }

        if (await connection.ExecuteScalarAsync<long>(CountLive, new { request.EndpointId, At = at }) >= MaxLiveKeys)
        {
            return new Refusal(ApiErrors.Conflict, $"The endpoint has {MaxLiveKeys} live keys, which is the maximum: revoke one first");
        }

        var made = AccessKeys.Generate(request.Tenant.Name);
        var key = new NewKey(
            made.KeyId, made.AccessKey, made.Secret, AccessKeys.PrefixOf(made.KeyId), at, request.Caller.OpId, (DateTime?)request.Key[KeyFields.ExpiresAt]);
        await connection.ExecuteAsync(Insert, new { key.KeyId, request.EndpointId, made.SecretHash, At = at, key.CreatedBy, key.ExpiresAt });
        await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, Audited(request, key, at), CancellationToken.None);
        if (!request.IsDryRun)
        {
            await transaction.CommitAsync(CancellationToken.None);
        }

        return key;
    }

    private static AuditedChange Audited(AddKeyCommand request, NewKey key, DateTime at)
    {
        var changes = new FieldChanges();
        changes.Add("endpoint", null, request.EndpointId);
        changes.Add(KeyFields.ExpiresAt.Name, null, key.ExpiresAt);
        return new AuditedChange(RecordTypes.AccessKey, "", "", "created", StatusCodes.Status201Created, changes.ToJson(), at) { RecordRef = key.KeyId };
    }
}
