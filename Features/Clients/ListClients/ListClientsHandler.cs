using System.Data.Common;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Clients.ListClients;

internal sealed class ListClientsHandler : IRequestHandler<ListClientsQuery, Answer<ListPage<ClientItem>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{ClientFields.Columns}}
        from (
            select {{ClientFields.Columns}}
            from client
            where {filter}
            {fence}
        ) found
        order by {order}
        limit @Size offset @Position
        """,
        "select count(*) from client where {filter}");

    private static readonly ChangeSql Changes = new(
        RecordTypes.Client,
        $"""
        select {ClientFields.Columns}
        from unnest(@ClientRefs) with ordinality as changed (client_ref, place)
        join client using (client_ref)
        order by place
        """);

    public async Task<Answer<ListPage<ClientItem>>> Handle(ListClientsQuery request, CancellationToken cancellationToken)
    {
        return request.List.Since is null
            ? await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope: null, Rows, cancellationToken)
            : await ChangeReader.ReadAsync(request.Tenant, request.List, Changes, clientRef: null, Rows, cancellationToken);

        Func<DbDataReader, ClientItem> Rows(DbDataReader header)
        {
            var read = header.GetRowParser<ClientItem>();
            return row => read(row) is var client ? client with { CustomFields = CustomValues.ToMembers(client.Custom, request.Shape) } : client;
        }
    }
}
