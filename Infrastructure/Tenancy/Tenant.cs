using CrmImport.Infrastructure.Auth;
using Microsoft.AspNetCore.Http.Features;
using Npgsql;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>One CRM database: its name as callers write it (<c>cv_…</c>), its pool of connections and the keys that sign its sessions.</summary>
internal sealed class Tenant(string name, NpgsqlDataSource db, AccessTokenKeys keys)
{
    public string Name { get; } = name;

    public NpgsqlDataSource Db { get; } = db;

    public AccessTokenKeys Keys { get; } = keys;

    /// <summary>The database the request's credential belongs to; the access middleware put it there.</summary>
    public static ValueTask<Tenant> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<RequestAccess>().Tenant);
}
