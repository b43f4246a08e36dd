using System.Data.Common;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Contacts.ListContacts;

internal sealed class ListContactsHandler : IRequestHandler<ListContactsQuery, Answer<ListPage<Contact>>>
{
    private const string InScope =
        """
        (@ClientRef::text is null or client_ref = @ClientRef)
        and (@LocationRef::text is null or exists (
            select from contact_location cl
            where cl.client_ref = contact.client_ref and cl.contact_ref = contact.contact_ref and cl.location_ref = @LocationRef))
        """;

    // Which contacts first, and what they are after that: else the locations of all contacts would be read to order them.
    private static readonly ListSql Sql = new(
        $$"""
        select {{ContactFields.Columns}}
        from (
            select client_ref, contact_ref
            from (
                select {ordered} from contact where {{InScope}} and {filter} {fence}
            ) found
            order by {order}
            limit @Size offset @Position
        ) page
        join contact_record using (client_ref, contact_ref)
        order by {order}
        """,
        $$"""select count(*) from contact where {{InScope}} and {filter}""");

    private static readonly ChangeSql Changes = new(
        RecordTypes.Contact,
        $"""
        select {ContactFields.Columns}
        from unnest(@ClientRefs, @Refs) with ordinality as changed (client_ref, contact_ref, place)
        join contact_record using (client_ref, contact_ref)
        order by place
        """);

    private const string FindScope =
        """
        select
            exists (select from client where client_ref = @ClientRef and (live or @WithArchived)) as has_client,
            @LocationRef::text is null or exists (select from location where client_ref = @ClientRef and location_ref = @LocationRef and (live or @WithArchived)) as has_location
        """;

    public async Task<Answer<ListPage<Contact>>> Handle(ListContactsQuery request, CancellationToken cancellationToken)
    {
        var scope = new { request.ClientRef, request.LocationRef, WithArchived = request.List.Archived != ArchivedFilter.Live || request.List.Since is not null };
        var page = request.List.Since is null
            ? await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope, Rows, cancellationToken)
            : await ChangeReader.ReadAsync(request.Tenant, request.List, Changes, request.ClientRef, Rows, cancellationToken);
        if (page.Refusal is not null || page.Value.Total > 0 || request.ClientRef is null)
        {
            return page;
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var (hasClient, hasLocation) = await connection.QuerySingleAsync<(bool, bool)>(new CommandDefinition(FindScope, scope, cancellationToken: cancellationToken));
        return !hasClient ? new Refusal(ApiErrors.ClientNotFound, $"No client {request.ClientRef}")
            : !hasLocation ? new Refusal(ApiErrors.LocationNotFound, $"Client {request.ClientRef} has no location {request.LocationRef}")
            : page;

        Func<DbDataReader, Contact> Rows(DbDataReader header) => new ContactColumns(header, request.Shape).Read;
    }
}
