using System.Data;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>One round of writing a batch: a connection, what is stored of all the batch concerns, and a transaction where that is locked.</summary>
internal sealed class WriteRound : IAsyncDisposable
{
    // From the second round on everything that will be changed is locked before it is read, so that a write that lost once does not lose for
    // ever: the locations first, in the order of their keys as everywhere, since who is preferred there is then settled; then the contacts.
    private const string Lock =
        """
        select l.version
        from unnest(@LocationClientRefs, @LocationRefs) as wanted (client_ref, location_ref)
        join location l on l.client_ref = wanted.client_ref and l.location_ref = wanted.location_ref
        order by l.client_ref, l.location_ref
        for no key update of l;

        select c.version
        from (
            select client_ref, contact_ref
            from unnest(@ClientRefs, @ContactRefs) as own (client_ref, contact_ref)
            union
            select cl.client_ref, cl.contact_ref
            from unnest(@LocationClientRefs, @LocationRefs) as claimed (client_ref, location_ref)
            join contact_location cl on cl.client_ref = claimed.client_ref and cl.location_ref = claimed.location_ref and cl.is_preferred
        ) wanted
        join contact c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref
        order by c.client_ref, c.contact_ref
        for no key update of c
        """;

    private readonly NpgsqlTransaction? transaction;

    private WriteRound(NpgsqlConnection connection, NpgsqlTransaction? transaction, StoredState state) =>
        (Connection, this.transaction, State) = (connection, transaction, state);

    public NpgsqlConnection Connection { get; }

    public StoredState State { get; }

    /// <summary>Whether the connection is gone, and with it the answer to what was sent last.</summary>
    public bool IsBroken => Connection.State != ConnectionState.Open;

    public static async Task<WriteRound> OpenAsync(Tenant tenant, List<UpsertContactCommand> batch, bool takeLocks, CancellationToken cancellationToken)
    {
        var connection = await tenant.Writes.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = takeLocks ? await connection.BeginTransactionAsync(cancellationToken) : null;
            if (takeLocks)
            {
                await LockAsync(connection, batch, cancellationToken);
            }

            return new WriteRound(connection, transaction, await StoredState.ReadAsync(tenant, connection, batch, cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync(); // and with it the transaction
            throw;
        }
    }

    /// <summary>Commits what was locked; without locks, the storing statement has committed by itself.</summary>
    public Task CommitAsync() => transaction?.CommitAsync(CancellationToken.None) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (transaction is not null)
        {
            await transaction.DisposeAsync();
        }

        await Connection.DisposeAsync();
    }

    /// <summary>Locks what the writes change, in the order of the keys.</summary>
    public static Task<int> LockAsync(NpgsqlConnection connection, List<UpsertContactCommand> batch, CancellationToken cancellationToken)
    {
        var locations =
            (from command in batch
             from location in command.Contact.Children ?? []
             where location[ContactFields.IsPreferred] is true || location[ContactFields.UsageTypeId] is not null
             select (command.ClientRef, LocationRef: location.Text(ContactFields.LocationRef))).ToArray();
        var parameters = new
        {
            ClientRefs = batch.ConvertAll(command => command.ClientRef).ToArray(),
            ContactRefs = batch.ConvertAll(command => command.ContactRef).ToArray(),
            LocationClientRefs = locations.Select(location => location.ClientRef).ToArray(),
            LocationRefs = locations.Select(location => location.LocationRef).ToArray(),
        };
        return connection.ExecuteAsync(new CommandDefinition(Lock, parameters, cancellationToken: cancellationToken));
    }
}
