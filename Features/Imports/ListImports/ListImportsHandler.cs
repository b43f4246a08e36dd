using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Imports.ListImports;

internal sealed class ListImportsHandler : IRequestHandler<ListImportsQuery, Answer<ListPage<Import>>>
{
    private const string InScope = "(@SeesAll or account_id = @AccountId)";

    private static readonly ListSql Sql = new(
        $$"""
        select *
        from (
            select {{ImportTable.Columns}}, {{ImportTable.QueuePosition}}, now() as asked_at
            from import
            where {{InScope}} and {filter}
            {fence}
        ) found
        order by {order}
        limit @Size offset @Position
        """,
        $$"""select count(*) from import where {{InScope}} and {filter}""");

    public async Task<Answer<ListPage<Import>>> Handle(ListImportsQuery request, CancellationToken cancellationToken)
    {
        var scope = new { SeesAll = ImportAccess.SeesAll(request.Caller), request.Caller.AccountId };
        var page = await ListReader.ReadAsync(request.Tenant, request.List, Sql, scope, header => header.GetRowParser<ImportTable>(), cancellationToken);
        return page.Refusal is { } refusal ? refusal : page.Value.Select(import => import.ToImport());
    }
}
