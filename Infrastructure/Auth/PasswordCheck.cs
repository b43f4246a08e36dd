using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A password that is presented: for the database of that name as sent (a tenant of null is one that is not served here), for an account of that kind, from where.</summary>
internal sealed record PasswordAttempt(Tenant? Tenant, string Database, string Kind, string OpId, string Password, CallOrigin Origin);

/// <summary>The one place where a password is compared: whatever is wrong, the refusal reads and takes the same.</summary>
internal sealed class PasswordCheck(PasswordHasher hasher, LoginGuard guard, Tenants tenants)
{
    private const string FindAccount =
        """
        select account_id, op_id, op_name, op_level, op_function, password_hash
        from account
        where lower(op_id) = lower(@OpId) and kind = @Kind and active
        """;

    private const string UpdateHash = "update account set password_hash = @NewHash where account_id = @AccountId and password_hash = @OldHash";

    /// <summary>The active account of that kind and password; 429 where too many were wrong, or too many wait.</summary>
    public async Task<Answer<Operator>> FindAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        // For an unknown database another one does the work and stores the failures, so that the two cannot be distinguished.
        var keeper = attempt.Tenant ?? tenants.StandIn;
        if (await guard.FindBlockAsync(keeper, attempt, cancellationToken) is { } blocked)
        {
            return blocked;
        }

        using var turn = await hasher.TryEnterAsync(cancellationToken);
        if (turn is null)
        {
            return new Refusal(ApiErrors.TooManyLogins, "Too many concurrent logins; try again in a moment") { RetryAfterSeconds = 1 };
        }

        // Again: those before it in the queue may have been too many.
        return await guard.FindBlockAsync(keeper, attempt, cancellationToken) is { } meanwhile ? meanwhile : await CompareAsync(keeper, attempt, cancellationToken);
    }

    public static Refusal Refused() => new(ApiErrors.BadCredentials, "The operator or the password is wrong");

    private async Task<Answer<Operator>> CompareAsync(Tenant keeper, PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        var stored = await QueryAsync(keeper, attempt.Kind, attempt.OpId, cancellationToken);
        var found = attempt.Tenant is null ? null : stored;
        if (!await hasher.VerifyInTurnAsync(attempt.Password, found?.PasswordHash))
        {
            await guard.AddFailureAsync(keeper, attempt); // counts too where the caller has hung up
            return Refused();
        }

        await LoginGuard.ForgetAsync(keeper, attempt.OpId, ClientNetwork.Of(attempt.Origin.Address), cancellationToken);
        if (!hasher.IsOutdated(found!.PasswordHash!))
        {
            return found;
        }

        var newHash = await hasher.HashInTurnAsync(attempt.Password);
        return await TryRenewAsync(keeper, found, newHash, cancellationToken)
            ? found with { PasswordHash = newHash }
            : await CompareAsync(keeper, attempt, cancellationToken); // renewed or changed meanwhile
    }

    private static async Task<Operator?> QueryAsync(Tenant tenant, string kind, string opId, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Operator>(new CommandDefinition(FindAccount, new { OpId = opId, Kind = kind }, cancellationToken: cancellationToken));
    }

    // Not where the password was changed meanwhile: the old one must not come back.
    private static async Task<bool> TryRenewAsync(Tenant tenant, Operator found, string newHash, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            UpdateHash, new { found.AccountId, OldHash = found.PasswordHash, NewHash = newHash }, cancellationToken: cancellationToken)) == 1;
    }
}
