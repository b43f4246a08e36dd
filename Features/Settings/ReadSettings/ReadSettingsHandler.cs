using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Settings.ReadSettings;

internal sealed class ReadSettingsHandler : IRequestHandler<ReadSettingsQuery, Answer<SettingsRecord>>
{
    private const string Sql = $"select {SettingsFields.Columns} from database_setting";

    public async Task<Answer<SettingsRecord>> Handle(ReadSettingsQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<SettingsRecord>(new CommandDefinition(Sql, cancellationToken: cancellationToken));
    }
}
