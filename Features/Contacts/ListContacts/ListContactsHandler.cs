using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Contacts.ListContacts;

internal sealed class ListContactsHandler : IRequestHandler<ListContactsQuery, Answer<ListPage<Contact>>>
{
    // Which contacts first, and what they are after that: else the locations of all contacts would be read to order them.
    private static readonly ListSql Sql = new(
        $$"""
        select {{ContactFields.Columns}}
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
        var page = await ListReader.ReadAsync<Contact>(request.Tenant, request.List, Sql, scope, header => new ContactColumns(header).Read, cancellationToken);
        if (page.Refusal is not null || page.Value.Total > 0 || request.ClientRef is null)
        {
            return page;
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(FindClient, scope, cancellationToken: cancellationToken))
            ? page
            : new Refusal(ApiErrors.ClientNotFound, $"No client {request.ClientRef}");
    }
}
