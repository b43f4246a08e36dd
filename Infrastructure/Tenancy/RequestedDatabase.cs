using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>Reads which database a request names: <c>x-database</c> or Collect!'s <c>x-collect-database</c>, and SuperOffice's first segment of the path.</summary>
internal static class RequestedDatabase
{
    public const string Header = "x-database";
    private const string CollectHeader = "x-collect-database";

    /// <summary>
    /// The database's name, or whatever stands there instead of one; null where nothing names one. Only ever looked up, never built into anything.
    /// A path and a header that disagree name a database that does not exist.
    /// </summary>
    public static Answer<string?> Read(HttpContext http, Tenants tenants)
    {
        var headers = http.Request.Headers[Header].Concat(http.Request.Headers[CollectHeader]).Select(name => tenants.NameOf(name ?? "")).Distinct(StringComparer.Ordinal).ToArray();
        if (headers.Length > 1)
        {
            return Refusal.Of(ApiErrors.DatabaseHeadersDiffer, Header, $"{Header} and {CollectHeader} name different databases");
        }

        var path = http.Features.Get<DatabaseInPath>() is { Name: var name } ? tenants.NameOf(name) : null;
        return headers is [var header] && path is not null && path != header ? $"{header} {path}" : headers.SingleOrDefault() ?? path;
    }
}

/// <summary>The first segment of a request's path where it names a database (source: SuperOffice web API, <c>/{tenant}/api/v1/…</c>).</summary>
internal sealed record DatabaseInPath(string Name);
