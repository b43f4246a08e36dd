using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Fills a new embedded database with what the quick start needs; a database that has an account already is left alone.</summary>
internal sealed class DemoData(PasswordHasher hasher, TimeProvider clock)
{
    private const string OperatorPassword = "own";
    private const string ApiPassword = "123456"; // shorter than a new password may be

    private static readonly string Seed = EmbeddedSql.Beside<DemoData>("DemoData.sql");

    public async Task SeedAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from account)", cancellationToken: cancellationToken)))
        {
            return;
        }

        var passwordHash = await hasher.HashAsync(OperatorPassword, cancellationToken);
        var apiPasswordHash = await hasher.HashAsync(ApiPassword, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            Seed, new { PasswordHash = passwordHash, ApiPasswordHash = apiPasswordHash, Now = clock.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken));
    }
}
