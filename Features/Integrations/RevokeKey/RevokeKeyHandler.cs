using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;
using Npgsql;

namespace CrmImport.Features.Integrations.RevokeKey;

/// <summary>Whoever manages integrations revokes any key, also of an account that may do more: to stop one that leaked gives nobody rights.</summary>
internal sealed class RevokeKeyHandler(TimeProvider clock) : IRequestHandler<RevokeKeyCommand, Answer<WriteAnswer>>
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

    public Task<Answer<WriteAnswer>> Handle(RevokeKeyCommand request, CancellationToken cancellationToken)
    {
        var at = clock.DatabaseNow();
        return KeyedTransaction.RunAsync(
            request, at, connection => DecideAsync(connection, request, at, cancellationToken), () => TenantCredentials.Of(request.Tenant).OnKeyChanged(request.KeyId), cancellationToken);
    }

    private static async Task<Answer<WriteAnswer>> DecideAsync(NpgsqlConnection connection, RevokeKeyCommand request, DateTime at, CancellationToken cancellationToken)
    {
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(HasEndpoint, new { request.EndpointId }, cancellationToken: cancellationToken)))
        {
            return new Refusal(ApiErrors.EndpointNotFound, $"No endpoint {request.EndpointId}");
        }

        var isRevoked = await connection.ExecuteAsync(Revoke, new { request.KeyId, request.EndpointId, At = at, RevokedBy = request.Caller.OpId }) == 1;
        if (await connection.QuerySingleOrDefaultAsync<KeyItem>(Read, new { request.KeyId, request.EndpointId }) is not { } key)
        {
            return new Refusal(ApiErrors.KeyNotFound, $"The endpoint has no key {request.KeyId}");
        }

        var changes = new FieldChanges();
        if (isRevoked)
        {
            changes.Add("revokedAt", null, at);
            var audited = new AuditedChange(RecordTypes.AccessKey, "", "", "updated", StatusCodes.Status200OK, changes.ToJson(), at) { RecordRef = request.KeyId };
            await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, audited, CancellationToken.None);
        }

        var outcome = isRevoked ? WriteOutcome.Updated : WriteOutcome.Unchanged;
        return new WriteAnswer(StatusCodes.Status200OK, outcome, null, null, request.Conditions.IsDryRun
            ? ReadableJson.ToBytes(new DryRunBody<KeyItem>(outcome.Text(), JsonElement.Parse(changes.ToJson()), key), RevokeKeyJson.Default.DryRunBodyKeyItem)
            : ReadableJson.ToBytes(new SuccessBody<KeyItem>(key), RevokeKeyJson.Default.SuccessBodyKeyItem));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<KeyItem>))]
[JsonSerializable(typeof(DryRunBody<KeyItem>))]
internal sealed partial class RevokeKeyJson : JsonSerializerContext;
