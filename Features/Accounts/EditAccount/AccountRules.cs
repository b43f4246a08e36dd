using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;

namespace CrmImport.Features.Accounts.EditAccount;

/// <summary>Limits on changes of accounts: nobody grants more than they have, and a database keeps an administrator.</summary>
internal static class AccountRules
{
    // Two administrators who take each other's rights at once: the second waits here, and then finds itself to be the last. Any number will do that no other lock has.
    private const string LockAdministrators = "select pg_advisory_xact_lock(7238104657)";

    private const string HasOtherAdministrator =
        """
        select exists (
            select from account
            where kind = 'operator' and active and op_id <> @OpId and (op_level >= @OwnerLevel or (not @WasOwner and permissions @> array[@Admin]))
        )
        """;

    public static async Task<Refusal?> CheckAsync(RecordWrite write, object?[] values)
    {
        if (!write.Caller.IsOwner && ((write.Before is { } before && IsOwner(before.Values)) || IsOwner(values)))
        {
            return new Refusal(ApiErrors.Forbidden, $"Only an account with op_level {Caller.OwnerLevel} or above can create or change one");
        }

        if (write.Before is not null && (string?)Value(values, AccountFields.Kind) == AccountKinds.Service && Value(values, AccountFields.Password) is not null)
        {
            return Refusal.Of([EditAccountValidator.ServiceHasNone()]);
        }

        return write.Before is { } stored && Rank(stored.Values) > Rank(values) ? await CheckLastAsync(write, values, wasOwner: IsOwner(stored.Values)) : null;
    }

    // An owner's place is taken by an owner only: no administrator below could make one again.
    private static async Task<Refusal?> CheckLastAsync(RecordWrite write, object?[] values, bool wasOwner)
    {
        await write.Connection.ExecuteAsync(LockAdministrators);
        var opId = (string)Value(values, AccountFields.OpId)!;
        return await write.Connection.ExecuteScalarAsync<bool>(HasOtherAdministrator, new { OpId = opId, Caller.OwnerLevel, Permissions.Admin, WasOwner = wasOwner })
            ? null
            : new Refusal(ApiErrors.Conflict, $"{opId} is the last active operator that may {(wasOwner ? "do everything in" : "administer")} this database: create another one first");
    }

    // 2: an owner who can act, 1: an administrator, 0: neither.
    private static int Rank(object?[] account) =>
        (string?)Value(account, AccountFields.Kind) != AccountKinds.Operator || Value(account, AccountFields.Active) is not true ? 0
        : IsOwner(account) ? 2
        : ((TextList)Value(account, AccountFields.Rights)!).Items.Contains(Permissions.Admin) ? 1
        : 0;

    private static bool IsOwner(object?[] account) => Value(account, AccountFields.Level) is >= Caller.OwnerLevel;

    private static object? Value(object?[] account, Field field) => account[AccountFields.Account.IndexOf(field)];
}
