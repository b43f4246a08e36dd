using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Warns at start of every active endpoint whose keys may be used from any address.</summary>
internal sealed class OpenEndpoints(Tenants tenants, ILogger<OpenEndpoints> logger) : IHostedService
{
    private const string Find = "select endpoint_id from endpoint where active and allowed_addresses = '{}' order by endpoint_id";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var tenant in tenants.All)
        {
            try
            {
                await WarnAsync(tenant, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning("{Database}: its endpoints could not be looked through ({Reason})", tenant.Name, exception.Message); // no reason not to start
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WarnAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        foreach (var endpointId in await connection.QueryAsync<string>(new CommandDefinition(Find, cancellationToken: cancellationToken)))
        {
            logger.LogWarning("{Database}: endpoint {EndpointId} names no allowed addresses: its keys may be used from anywhere", tenant.Name, endpointId);
        }
    }
}
