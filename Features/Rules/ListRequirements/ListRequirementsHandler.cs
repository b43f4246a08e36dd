using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Rules.ListRequirements;

internal sealed class ListRequirementsHandler : IRequestHandler<ListRequirementsQuery, Answer<ListPage<Requirement>>>
{
    private static readonly string[] Known = [.. RuledField.All.Select(field => field.Name)];

    private static readonly ListSql Sql = new(
        $$"""
        select *
        from (select {{RequirementFields.Columns}} from {{RequirementFields.Source}}) requirement
        where {filter}
        order by {order}
        limit @Size offset @Position
        """,
        $$"""select count(*) from (select {{RequirementFields.Columns}} from {{RequirementFields.Source}}) requirement where {filter}""");

    public Task<Answer<ListPage<Requirement>>> Handle(ListRequirementsQuery request, CancellationToken cancellationToken) =>
        ListReader.ReadAsync(request.Tenant, request.List, Sql, new { Fields = Known }, header => header.GetRowParser<Requirement>(), cancellationToken);
}
