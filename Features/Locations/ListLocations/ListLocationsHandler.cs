using System.Data.Common;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Locations.ListLocations;

internal sealed class ListLocationsHandler : IRequestHandler<ListLocationsQuery, Answer<ListPage<Location>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{LocationFields.Columns}}
        from {{LocationFields.Source}}
        where client_ref = @ClientRef and {filter}
        order by {order}
        limit @Size offset @Position
        """,
        $$"""select count(*) from {{LocationFields.Source}} where client_ref = @ClientRef and {filter}""");

    private static readonly ChangeSql Changes = new(
        RecordTypes.Location,
        $"""
        select {LocationFields.Columns}
        from unnest(@ClientRefs, @Refs) with ordinality as changed (client_ref, location_ref, place)
        join ({LocationFields.Source}) using (client_ref, location_ref)
        order by place
        """);

    private const string FindClient = "select exists (select from client where client_ref = @ClientRef and (live or @WithArchived))";

    public async Task<Answer<ListPage<Location>>> Handle(ListLocationsQuery request, CancellationToken cancellationToken)
    {
        var scope = new { request.ClientRef, WithArchived = request.List.Archived != ArchivedFilter.Live || request.List.Since is not null };
        var page = request.List.Since is null
            ? await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope, Rows, cancellationToken)
            : await ChangeReader.ReadAsync(request.Tenant, request.List, Changes, request.ClientRef, Rows, cancellationToken);
        if (page.Refusal is not null || page.Value.Total > 0)
        {
            return page;
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(FindClient, scope, cancellationToken: cancellationToken))
            ? page
            : new Refusal(ApiErrors.ClientNotFound, $"No client {request.ClientRef}");

        Func<DbDataReader, Location> Rows(DbDataReader header)
        {
            var read = header.GetRowParser<Location>();
            return row => read(row).In(request.Rules);
        }
    }
}
