using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Rules.ReadCustomField;

internal sealed class ReadCustomFieldHandler : IRequestHandler<ReadCustomFieldQuery, Answer<CustomFieldDefinition>>
{
    private const string Sql = $"select {CustomFieldFields.Columns} from custom_field where name = @Name";

    public async Task<Answer<CustomFieldDefinition>> Handle(ReadCustomFieldQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<CustomFieldDefinition>(new CommandDefinition(Sql, new { Name = CustomFieldName.Whole(request.Name) }, cancellationToken: cancellationToken)) is { } found
            ? found
            : new Refusal(ApiErrors.FieldNotFound, $"No custom field {CustomFieldName.Whole(request.Name)}");
    }
}
