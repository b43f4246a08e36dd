using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using Dapper;
using MediatR;
using Microsoft.Extensions.Options;

namespace CrmImport.Features.Clients.ReadClient;

internal sealed class ReadClientHandler(IOptions<LimitsOptions> limits) : IRequestHandler<ReadClientQuery, Answer<Client>>
{
    private const string Sql =
        """
        select
            client_ref, name, address1, address2, address3, address4, post_code, notes, version, created_at, created_by, updated_at, updated_by
        from client
        where client_ref = @ClientRef;

        select
            l.client_ref, l.location_ref, l.name, l.address1, l.address2, l.address3, l.address4, l.post_code,
            l.usage_type_id, cl.contact_ref as preferred_contact_ref,
            l.version, l.created_at, l.created_by, l.updated_at, l.updated_by
        from location l
        left join contact_location cl on cl.client_ref = l.client_ref and cl.location_ref = l.location_ref and cl.is_preferred
        where l.client_ref = @ClientRef and @WithLocations
        order by l.location_ref
        limit @Most;

        select
            client_ref, contact_ref, salutation, forename, surname,
            contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
            address1, address2, address3, address4, post_code, notes, considerations,
            version, created_at, created_by, updated_at, updated_by,
            location_refs, preferred, start_dates, end_dates, usage_type_ids
        from contact_record
        where client_ref = @ClientRef and @WithContacts
        order by contact_ref
        limit @Most
        """;

    private const string CountContacts = "select count(*) from contact where client_ref = @ClientRef";

    private const string CountLocations = "select count(*) from location where client_ref = @ClientRef";

    public async Task<Answer<Client>> Handle(ReadClientQuery request, CancellationToken cancellationToken)
    {
        var most = limits.Value.ClientItems;
        var parameters = new { request.ClientRef, request.WithContacts, request.WithLocations, Most = most };
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);

        Client? client;
        List<Location> locations;
        var contacts = new List<Contact>();
        await using (var reader = await connection.ExecuteReaderAsync(new CommandDefinition(Sql, parameters, cancellationToken: cancellationToken)))
        {
            client = reader.Parse<Client>().SingleOrDefault();
            await reader.NextResultAsync(cancellationToken);
            locations = [.. reader.Parse<Location>()];
            await reader.NextResultAsync(cancellationToken);
            for (var columns = new ContactColumns(reader); await reader.ReadAsync(cancellationToken);)
            {
                contacts.Add(columns.Read(reader));
            }
        }

        if (client is null)
        {
            return new Refusal(ApiErrors.ClientNotFound, $"There is no client {request.ClientRef}");
        }

        return client with
        {
            Contacts = request.WithContacts ? contacts : null,
            ContactsTotal = !request.WithContacts ? null : contacts.Count < most ? contacts.Count : await CountAsync(CountContacts),
            Locations = request.WithLocations ? locations : null,
            LocationsTotal = !request.WithLocations ? null : locations.Count < most ? locations.Count : await CountAsync(CountLocations),
        };

        Task<long> CountAsync(string sql) => connection.ExecuteScalarAsync<long>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken));
    }
}
