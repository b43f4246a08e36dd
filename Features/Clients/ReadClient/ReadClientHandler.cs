using CrmImport.Features.Contacts;
using CrmImport.Features.Locations;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;
using Microsoft.Extensions.Options;

namespace CrmImport.Features.Clients.ReadClient;

internal sealed class ReadClientHandler(IOptions<LimitsOptions> limits) : IRequestHandler<ReadClientQuery, Answer<Client>>
{
    private const string Sql =
        $$"""
        select {{ClientFields.Columns}}
        from client
        where client_ref = @ClientRef;

        select {{LocationFields.Columns}}
        from {{LocationFields.Source}}
        where client_ref = @ClientRef and @WithLocations and {locations}
        order by location_ref
        limit @Most;

        select {{ContactFields.Columns}}
        from contact_record
        where client_ref = @ClientRef and @WithContacts and {contacts}
        order by contact_ref
        limit @Most
        """;

    private const string CountContacts = "select count(*) from contact where client_ref = @ClientRef and {contacts}";

    private const string CountLocations =
        $$"""
        select count(*)
        from {{LocationFields.Source}}
        where client_ref = @ClientRef and {locations}
        """;

    public async Task<Answer<Client>> Handle(ReadClientQuery request, CancellationToken cancellationToken)
    {
        // As much as a page of a list, and so within the lists' budget.
        var client = await request.Tenant.Queries.ReadAsync(request.Caller.AccountId, query => ReadAsync(request, query), cancellationToken);
        return client.Refusal is { } refusal ? refusal
            : client.Value is { } found && request.Archived.Shows(found.ArchivedAt) ? found
            : new Refusal(ApiErrors.ClientNotFound, $"No client {request.ClientRef}{ArchivedParameter.Hint(client.Value?.ArchivedAt)}");
    }

    private async Task<Client?> ReadAsync(ReadClientQuery request, Query query)
    {
        var most = limits.Value.ClientItems;
        var parameters = Query.Parameters(new { request.ClientRef, request.WithContacts, request.WithLocations, Most = most });
        Client? client;
        List<Location> locations;
        var contacts = new List<Contact>();
        await using (var reader = await query.Connection.ExecuteReaderAsync(Command(Sql)))
        {
            client = reader.Parse<Client>().SingleOrDefault();
            await reader.NextResultAsync(query.CancellationToken);
            locations = [.. reader.Parse<Location>().Select(location => location.In(request.Rules))];
            await reader.NextResultAsync(query.CancellationToken);
            for (var columns = new ContactColumns(reader, request.Rules.Of(ContactFields.Contact)); await reader.ReadAsync(query.CancellationToken);)
            {
                contacts.Add(columns.Read(reader));
            }
        }

        return client is null ? null : client with
        {
            CustomFields = CustomValues.ToMembers(client.Custom, request.Rules.Of(ClientFields.Client)),
            Contacts = request.WithContacts ? contacts : null,
            ContactsTotal = !request.WithContacts ? null : contacts.Count < most ? contacts.Count : await CountAsync(CountContacts),
            Locations = request.WithLocations ? locations : null,
            LocationsTotal = !request.WithLocations ? null : locations.Count < most ? locations.Count : await CountAsync(CountLocations),
        };

        Task<long> CountAsync(string sql) => query.Connection.ExecuteScalarAsync<long>(Command(sql));

        // A client's locations are archived with it.
        CommandDefinition Command(string sql) => query.Command(
            sql.Replace("{locations}", request.Archived.ToSql("live and client_live"), StringComparison.Ordinal)
                .Replace("{contacts}", request.Archived.ToSql("live"), StringComparison.Ordinal),
            parameters);
    }
}
