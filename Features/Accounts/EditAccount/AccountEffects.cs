using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;

namespace CrmImport.Features.Accounts.EditAccount;

/// <summary>What a change of an account does beside it, in the same transaction: the session of one that is deactivated, or has a new password, ends.</summary>
internal static class AccountEffects
{
    private const string FindId = "select account_id from account where op_id = @OpId";

    private const string EndSession =
        """
        update session set ended_at = @At, ended_because = @Because
        where account_id = @AccountId and ended_at is null
        """;

    public static async Task ApplyAsync(RecordWrite write, RecordChange change)
    {
        var opId = change.Keys[0];
        var accountId = await write.Connection.ExecuteScalarAsync<long>(FindId, new { OpId = opId });
        write.AfterCommit.Add(() => TenantCredentials.Of(write.Tenant).OnAccountChanged(accountId));
        var because = change.Changes.Any(field => field.Field == AccountFields.Active && field.After is false) ? "the account was deactivated"
            : change.Changes.Any(field => field.Field == AccountFields.Password) ? "the password was changed"
            : null;
        if (because is null || await write.Connection.ExecuteAsync(EndSession, new { AccountId = accountId, write.At, Because = because }) == 0)
        {
            return;
        }

        var ended = new AuditedChange(RecordTypes.Session, "", "", $"ended: {because}", StatusCodes.Status200OK, null, write.At) { RecordRef = opId };
        await AuditTrail.AddAsync(write.Connection, new(write.Caller.OpId, write.Caller.Kind), write.Caller.Origin, ended, CancellationToken.None);
    }
}
