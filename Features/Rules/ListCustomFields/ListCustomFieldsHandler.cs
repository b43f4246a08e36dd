using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Rules.ListCustomFields;

internal sealed class ListCustomFieldsHandler : IRequestHandler<ListCustomFieldsQuery, Answer<ListPage<CustomFieldDefinition>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{CustomFieldFields.Columns}}
        from custom_field
        where {filter}
        order by {order}
        limit @Size offset @Position
        """,
        "select count(*) from custom_field where {filter}");

    public Task<Answer<ListPage<CustomFieldDefinition>>> Handle(ListCustomFieldsQuery request, CancellationToken cancellationToken) =>
        ListReader.ReadAsync(request.Tenant, request.List, Sql, null, header => header.GetRowParser<CustomFieldDefinition>(), cancellationToken);
}
