using System.Text.Json;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>What an administrator decided for a database (table setting), remembered until it changes.</summary>
internal sealed class TenantSettings(NpgsqlDataSource db, ChangeListener listener)
{
    private const string Sql = "select name, value::text as value from setting";

    private const string All = "";

    private readonly TenantCache<string, IReadOnlyDictionary<string, string>> remembered = new(listener, capacity: 1);

    /// <summary>Setting <c>require_version</c>: whoever changes a record on a native route must name the version it is meant for (428).</summary>
    public async Task<bool> RequireVersionAsync(CancellationToken cancellationToken) => await FlagAsync("require_version", cancellationToken);

    public void Forget() => remembered.Forget((_, _) => true);

    private async Task<bool> FlagAsync(string name, CancellationToken cancellationToken)
    {
        var settings = remembered.Find(All) ?? await remembered.ReadAsync(All, () => ReadAsync(cancellationToken));
        return settings!.TryGetValue(name, out var value) && JsonSerializer.Deserialize<JsonElement>(value).ValueKind == JsonValueKind.True;
    }

    private async Task<IReadOnlyDictionary<string, string>?> ReadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<(string Name, string Value)>(new CommandDefinition(Sql, cancellationToken: cancellationToken));
        return rows.ToDictionary(row => row.Name, row => row.Value, StringComparer.Ordinal);
    }
}
