using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database.Migrations;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Settings.ListDatabases;

internal sealed class ListDatabasesHandler : IRequestHandler<ListDatabasesQuery, Answer<PageBody<DatabaseItem>>>
{
    private const string Sql =
        """
        select
            @Name::text as name, (select max(number) from schema_migration) as schema_version, @Newest as newest_schema_version,
            current_setting('server_version') as postgres_version, pg_database_size(current_database()) as size_bytes
        """;

    public async Task<Answer<PageBody<DatabaseItem>>> Handle(ListDatabasesQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var own = await connection.QuerySingleAsync<DatabaseItem>(new CommandDefinition(Sql, new { request.Tenant.Name, Migrator.Newest }, cancellationToken: cancellationToken));
        return new PageBody<DatabaseItem>(1, request.Page.Position, request.Page.Size, request.Page.Position == 0 ? [own] : []);
    }
}
