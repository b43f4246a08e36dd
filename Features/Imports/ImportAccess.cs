using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Features.Imports;

/// <summary>Which imports a caller may see: all of the database with <c>contact:read</c>, else its own.</summary>
internal static class ImportAccess
{
    private const string Sql = $"select {ImportTable.Columns}, {ImportTable.QueuePosition}, now() as asked_at from import where import_id = @ImportId and (@SeesAll or account_id = @AccountId)";

    public static bool SeesAll(Caller caller) => caller.Can(Permissions.ContactRead);

    public static Refusal NotFound(string id) => new(ApiErrors.ImportNotFound, $"No import {id}");

    /// <summary>The import as it is stored; null where there is none that the caller may see.</summary>
    public static async Task<ImportTable?> FindStoredAsync(Tenant tenant, Caller caller, string id, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var importId))
        {
            return null;
        }

        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<ImportTable>(new CommandDefinition(
            Sql, new { ImportId = importId, SeesAll = SeesAll(caller), caller.AccountId }, cancellationToken: cancellationToken));
    }

    /// <summary>The import as callers read it; null where there is none that the caller may see.</summary>
    public static async Task<Import?> FindAsync(Tenant tenant, Caller caller, Guid importId, CancellationToken cancellationToken) =>
        (await FindStoredAsync(tenant, caller, importId.ToString(), cancellationToken))?.ToImport();
}
