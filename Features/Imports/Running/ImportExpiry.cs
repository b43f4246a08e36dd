using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;

namespace CrmImport.Features.Imports.Running;

/// <summary>Deletes imports, with their input and results, once they are old enough, and those whose input stopped arriving: at start, then every hour.</summary>
internal sealed class ImportExpiry(Housekeeping housekeeping, IOptions<ImportsOptions> options) : BackgroundService
{
    private const string Delete =
        """
        delete from import
        where finished_at < now() - @Keep or (state = 'receiving' and claimed_until < now() - @Abandoned)
        """;

    private static readonly TimeSpan Period = TimeSpan.FromHours(1);
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    /// <summary>Deletes what is older than <c>Imports:KeepDays</c>; returns how many there were.</summary>
    public async Task<int> DeleteExpiredAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(new CommandDefinition(
            Delete, new { Keep = TimeSpan.FromDays(options.Value.KeepDays), Abandoned }, commandTimeout: 0, cancellationToken: cancellationToken));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        housekeeping.RunAsync("old imports could not be deleted", Period, DeleteExpiredAsync, stoppingToken);
}
