using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Rules.ReadRequirement;

internal sealed class ReadRequirementHandler : IRequestHandler<ReadRequirementQuery, Answer<Requirement>>
{
    private const string Sql = $"select {RequirementFields.Columns} from {RequirementFields.Source}";

    public async Task<Answer<Requirement>> Handle(ReadRequirementQuery request, CancellationToken cancellationToken)
    {
        if (RuledField.Find(request.Field) is not { } field)
        {
            return new Refusal(ApiErrors.FieldNotFound, $"No field {request.Field} in the catalogue");
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<Requirement>(new CommandDefinition(Sql, new { Fields = new[] { field.Name } }, cancellationToken: cancellationToken));
    }
}
