using System.Data.Common;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using MediatR;

namespace CrmImport.Features.Parties.ListParties;

internal sealed class ListPartiesHandler : IRequestHandler<ListPartiesQuery, Answer<ListPage<Party>>>
{
    private static readonly ListSql Sql = new(
        """
        select
            party_id, client_ref, contact_ref, salutation, forename, surname,
            contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
            address1, address2, address3, address4, post_code, notes, considerations,
            version, created_at, created_by, updated_at, updated_by,
            location_refs, preferred, start_dates, end_dates, usage_type_ids
        from (
            select number as party_id, client_ref, contact_ref
            from (
                select party_id as number, {ordered} from contact where {filter} {fence}
            ) found
            order by {order}
            limit @Size offset @Position
        ) page
        join contact_record using (client_ref, contact_ref)
        order by {order}
        """,
        "select count(*) from contact where {filter}");

    public async Task<Answer<ListPage<Party>>> Handle(ListPartiesQuery request, CancellationToken cancellationToken) =>
        await ListReader.ReadAsync(request.Tenant.Db, request.List, Sql, null, Rows, cancellationToken);

    private static Func<DbDataReader, Party> Rows(DbDataReader header)
    {
        var (columns, id) = (new ContactColumns(header), header.GetOrdinal("party_id"));
        return row => new Party(row.GetInt64(id), columns.Read(row));
    }
}
