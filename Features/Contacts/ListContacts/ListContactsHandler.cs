using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Contacts.ListContacts;

internal sealed class ListContactsHandler : IRequestHandler<ListContactsQuery, Answer<ListPage<Contact>>>
{
    // Which contacts first, and what they are after that: else the locations of all contacts would be read to order them.
    private static readonly ListSql Sql = new(
        """
        select
            client_ref, contact_ref, salutation, forename, surname,
            contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
            address1, address2, address3, address4, post_code, notes, considerations,
            version, created_at, created_by, updated_at, updated_by,
            location_refs, preferred, start_dates, end_dates, usage_type_ids
        from (
            select client_ref, contact_ref
            from (
                select {ordered} from contact where (@ClientRef::text is null or client_ref = @ClientRef) and {filter} {fence}
            ) found
            order by {order}
            limit @Size offset @Position
        ) page
        join contact_record using (client_ref, contact_ref)
        order by {order}
        """,
        "select count(*) from contact where (@ClientRef::text is null or client_ref = @ClientRef) and {filter}");

    private const string FindClient = "select exists (select from client where client_ref = @ClientRef)";

    public async Task<Answer<ListPage<Contact>>> Handle(ListContactsQuery request, CancellationToken cancellationToken)
    {
        var scope = new { request.ClientRef };
        var page = await ListReader.ReadAsync<Contact>(request.Tenant.Db, request.List, Sql, scope, header => new ContactColumns(header).Read, cancellationToken);
        if (page.Total > 0 || request.ClientRef is null)
        {
            return page;
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(FindClient, scope, cancellationToken: cancellationToken))
            ? page
            : new Refusal(ApiErrors.ClientNotFound, $"There is no client {request.ClientRef}");
    }
}
