using CrmImport.Features.Clients.ReadClient;
using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Locations.ReadLocation;

internal sealed class ReadLocationHandler : IRequestHandler<ReadLocationQuery, Answer<Location>>
{
    private const string Sql =
        """
        select
            l.client_ref, l.location_ref, l.name, l.address1, l.address2, l.address3, l.address4, l.post_code,
            l.usage_type_id, cl.contact_ref as preferred_contact_ref,
            l.version, l.created_at, l.created_by, l.updated_at, l.updated_by
        from location l
        left join contact_location cl on cl.client_ref = l.client_ref and cl.location_ref = l.location_ref and cl.is_preferred
        where l.client_ref = @ClientRef and l.location_ref = @LocationRef
        """;

    public async Task<Answer<Location>> Handle(ReadLocationQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Location>(new CommandDefinition(
                Sql, new { request.ClientRef, request.LocationRef }, cancellationToken: cancellationToken)) is { } location
            ? location
            : new Refusal(ApiErrors.LocationNotFound, $"Client {request.ClientRef} has no location {request.LocationRef}");
    }
}
