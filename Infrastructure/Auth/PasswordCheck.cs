using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A password that is presented: for the database of that name as sent (a tenant of null is one that is not served here), for an account of that kind, from where.</summary>
internal sealed record PasswordAttempt(Tenant? Tenant, string Database, string Kind, string OpId, string Password, CallOrigin Origin);

/// <summary>The one place where a password is compared: whatever is wrong, the refusal reads and takes the same.</summary>
internal sealed class PasswordCheck(PasswordHasher hasher)
{
    private const string FindAccount =
        """
        select account_id, op_id, op_name, op_level, op_function, password_hash
        from account
        where lower(op_id) = lower(@OpId) and kind = @Kind and active
        """;

    private const string UpdateHash = "update account set password_hash = @NewHash where account_id = @AccountId and password_hash = @OldHash";

    /// <summary>The active account of that kind and password.</summary>
    public async Task<Answer<Operator>> FindAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        var found = attempt.Tenant is null ? null : await QueryAsync(attempt.Tenant, attempt.Kind, attempt.OpId, cancellationToken);
        if (!await hasher.VerifyAsync(attempt.Password, found?.PasswordHash, cancellationToken))
        {
            return Refused();
        }

        if (!hasher.IsOutdated(found!.PasswordHash!))
        {
            return found;
        }

        var newHash = await hasher.HashAsync(attempt.Password, cancellationToken);
        return await TryRenewAsync(attempt.Tenant!, found, newHash, cancellationToken)
            ? found with { PasswordHash = newHash }
            : await FindAsync(attempt, cancellationToken); // renewed or changed meanwhile
    }

    public static Refusal Refused() => new(ApiErrors.BadCredentials, "The operator or the password is wrong");

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
