using CrmImport.Infrastructure.Database;
using Dapper;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>
/// An administrator's settings for a database: whether changes on native routes require the expected version (428), whether the
/// API module is on at all (403), whether a property that is no known field is refused (400), whether DELETE archives (204, else 405),
/// and the client of parties that name none.
/// </summary>
internal sealed record DatabaseDecisions(bool RequireVersion, bool ApiEnabled, bool StrictFields, bool AllowDelete, string? DefaultClientRef);

/// <summary>A database's decisions (table database_setting), remembered until they change.</summary>
internal sealed class TenantSettings(DatabasePool db, ChangeListener listener)
{
    private const string Sql = "select require_version, api_enabled, strict_fields, allow_delete, default_client_ref from database_setting";

    private const string All = "";

    private readonly TenantCache<string, DatabaseDecisions> remembered = new(listener, capacity: 1);

    public async ValueTask<DatabaseDecisions> ReadAsync(CancellationToken cancellationToken) =>
        remembered.Find(All) ?? (await remembered.ReadAsync(All, () => QueryAsync(cancellationToken)))!;

    public void Forget() => remembered.Forget((_, _) => true);

    private async Task<DatabaseDecisions?> QueryAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<DatabaseDecisions>(new CommandDefinition(Sql, cancellationToken: cancellationToken));
    }
}
