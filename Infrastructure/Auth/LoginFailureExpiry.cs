using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Deletes failed logins that do not count any more, and the oldest where there are too many: at start, then every ten minutes.</summary>
internal sealed class LoginFailureExpiry(Housekeeping housekeeping, TimeProvider clock) : BackgroundService
{
    private const int MaxRows = 100_000;

    private const string Delete =
        """
        delete from login_failure
        where subject in (select subject from login_failure where last_at < @Forgotten and coalesce(blocked_until, last_at) < @Now for update skip locked)
        """;

    private const string DeleteOldest =
        """
        delete from login_failure
        where subject in (
            select subject from login_failure
            where last_at <= (select last_at from login_failure order by last_at desc offset @MaxRows limit 1)
            for update skip locked)
        """;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    public async Task DeleteExpiredAsync(Tenant tenant, int maxRows, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Delete, new { Now = now, Forgotten = now - LoginGuard.Memory }, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(DeleteOldest, new { MaxRows = maxRows }, cancellationToken: cancellationToken));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        housekeeping.RunAsync("old failed logins could not be deleted", Period, (tenant, token) => DeleteExpiredAsync(tenant, MaxRows, token), stoppingToken);
}
