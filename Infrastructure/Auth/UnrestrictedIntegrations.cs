using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Warns of every active endpoint whose keys may be used from any address, when its database is opened.</summary>
internal static class UnrestrictedIntegrations
{
    private const string Find = "select endpoint_id from endpoint where active and allowed_addresses = '{}' order by endpoint_id";

    public static async Task WarnAsync(Tenant tenant, ILogger logger, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
            foreach (var endpointId in await connection.QueryAsync<string>(new CommandDefinition(Find, cancellationToken: cancellationToken)))
            {
                logger.LogWarning("{Database}: endpoint {EndpointId} has no allowed addresses: its keys can be used from anywhere", tenant.Name, endpointId);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogWarning("{Database}: its endpoints could not be checked for allowed addresses ({Reason})", tenant.Name, exception.Message); // no reason not to start
        }
    }
}
