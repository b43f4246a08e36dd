using System.Data.Common;
using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;

namespace CrmImport.Features.UpsertContact;

/// <summary>What the database holds of everything a batch of writes concerns: read once, in one round trip.</summary>
internal sealed class StoredState
{
    private static readonly string Sql = EmbeddedSql.Beside<StoredState>("StoredState.sql");

    private readonly HashSet<string> clients = new(StringComparer.Ordinal);
    private readonly Dictionary<(string ClientRef, string ContactRef), Contact> contacts = [];
    private readonly Dictionary<(string ClientRef, string LocationRef), StoredLocation> locations = [];
    private ReferenceLists lists = null!;

    public static async Task<StoredState> ReadAsync(
        Tenant tenant, NpgsqlConnection connection, IReadOnlyCollection<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        var locationKeys = commands
            .SelectMany(command => (command.Contact.Children ?? []).Select(child => (command.ClientRef, LocationRef: child.Text(ContactFields.LocationRef))))
            .ToArray();
        var parameters = new
        {
            ClientRefs = commands.Select(command => command.ClientRef).ToArray(),
            ContactRefs = commands.Select(command => command.ContactRef).ToArray(),
            LocationClientRefs = locationKeys.Select(key => key.ClientRef).ToArray(),
            LocationRefs = locationKeys.Select(key => key.LocationRef).ToArray(),
        };

        var state = new StoredState();
        await using (var reader = await connection.ExecuteReaderAsync(new CommandDefinition(Sql, parameters, cancellationToken: cancellationToken)))
        {
            await state.FillAsync(reader, cancellationToken);
        }

        state.lists = await ReferenceLists.ReadAsync(tenant, connection, commands, cancellationToken);
        return state;
    }

    public bool HasClient(string clientRef) => clients.Contains(clientRef);

    public Contact? FindContact(string clientRef, string contactRef) => contacts.GetValueOrDefault((clientRef, contactRef));

    public StoredLocation? FindLocation(string clientRef, string locationRef) => locations.GetValueOrDefault((clientRef, locationRef));

    public bool HasListItem(string list, int id) => lists.Has(list, id);

    private async Task FillAsync(DbDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            clients.Add(reader.GetString(0));
        }

        await reader.NextResultAsync(cancellationToken);
        for (var columns = new ContactColumns(reader); await reader.ReadAsync(cancellationToken);)
        {
            var contact = columns.Read(reader);
            contacts[(contact.ClientRef, contact.ContactRef)] = contact;
        }

        await reader.NextResultAsync(cancellationToken);
        foreach (var location in reader.Parse<StoredLocation>())
        {
            locations[(location.ClientRef, location.LocationRef)] = location;
        }
    }
}

/// <summary>A location with its version, and its preferred contact, if it has one, with that contact's.</summary>
internal sealed record StoredLocation(
    string ClientRef, string LocationRef, int? UsageTypeId, long Version, string? PreferredContactRef, long? PreferredContactVersion);
