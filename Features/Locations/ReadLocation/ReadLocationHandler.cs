using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Locations.ReadLocation;

internal sealed class ReadLocationHandler : IRequestHandler<ReadLocationQuery, Answer<Location>>
{
    private const string Sql =
        $"""
        select {LocationFields.Columns}
        from {LocationFields.Source}
        where client_ref = @ClientRef and location_ref = @LocationRef
        """;

    public async Task<Answer<Location>> Handle(ReadLocationQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var location = await connection.QuerySingleOrDefaultAsync<Location>(new CommandDefinition(
            Sql, new { request.ClientRef, request.LocationRef }, cancellationToken: cancellationToken));
        return location is not null && request.Archived.Shows(location.ArchivedAt)
            ? location.In(request.Rules)
            : new Refusal(ApiErrors.LocationNotFound, $"Client {request.ClientRef} has no location {request.LocationRef}{ArchivedParameter.Hint(location?.ArchivedAt)}");
    }
}
