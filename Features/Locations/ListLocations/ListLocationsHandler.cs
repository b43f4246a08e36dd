using CrmImport.Features.Clients.ReadClient;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Locations.ListLocations;

internal sealed class ListLocationsHandler : IRequestHandler<ListLocationsQuery, Answer<ListPage<Location>>>
{
    private const string OfClient =
        """
        from (
            select
                l.client_ref, l.location_ref, l.name, l.address1, l.address2, l.address3, l.address4, l.post_code,
                l.usage_type_id, cl.contact_ref as preferred_contact_ref,
                l.version, l.created_at, l.created_by, l.updated_at, l.updated_by
            from location l
            left join contact_location cl on cl.client_ref = l.client_ref and cl.location_ref = l.location_ref and cl.is_preferred
            where l.client_ref = @ClientRef
        ) location
        where {filter}
        """;

    private static readonly ListSql Sql = new(
        $$"""
        select
            client_ref, location_ref, name, address1, address2, address3, address4, post_code, usage_type_id, preferred_contact_ref,
            version, created_at, created_by, updated_at, updated_by
        {{OfClient}}
        order by {order}
        limit @Size offset @Position
        """,
        $"select count(*) {OfClient}");

    private const string FindClient = "select exists (select from client where client_ref = @ClientRef)";

    public async Task<Answer<ListPage<Location>>> Handle(ListLocationsQuery request, CancellationToken cancellationToken)
    {
        var scope = new { request.ClientRef };
        var page = await ListReader.ReadAsync(request.Tenant.Db, request.List, Sql, scope, header => header.GetRowParser<Location>(), cancellationToken);
        if (page.Total > 0)
        {
            return page;
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(FindClient, scope, cancellationToken: cancellationToken))
            ? page
            : new Refusal(ApiErrors.ClientNotFound, $"There is no client {request.ClientRef}");
    }
}
