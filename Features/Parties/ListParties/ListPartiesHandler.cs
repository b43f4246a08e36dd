using System.Data.Common;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using MediatR;

namespace CrmImport.Features.Parties.ListParties;

internal sealed class ListPartiesHandler : IRequestHandler<ListPartiesQuery, Answer<ListPage<Party>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select party_id, {{ContactFields.Columns}}
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
        await ListReader.ReadAsync(request.Tenant, request.List, Sql, null, header => Rows(header, request.Shape), cancellationToken);

    private static Func<DbDataReader, Party> Rows(DbDataReader header, RecordShape shape)
    {
        var (columns, id) = (new ContactColumns(header, shape), header.GetOrdinal("party_id"));
        return row => new Party(row.GetInt64(id), columns.Read(row));
    }
}
