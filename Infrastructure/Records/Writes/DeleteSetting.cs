using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>Whether a database takes <c>DELETE</c> of a record that can be archived: its setting <c>allowDelete</c>.</summary>
internal static class DeleteSetting
{
    /// <summary>What the routes of such records take besides.</summary>
    private const string Allowed = "GET, HEAD, PATCH, POST, PUT";

    /// <summary>The refusal (405) where the setting is false; else null.</summary>
    public static async Task<Refusal?> CheckAsync(HttpContext http, Tenant tenant, CancellationToken cancellationToken)
    {
        if ((await tenant.Settings.ReadAsync(cancellationToken)).AllowDelete)
        {
            return null;
        }

        http.Response.Headers.Allow = Allowed;
        return new Refusal(ApiErrors.MethodNotAllowed, $"{http.Request.Path.Value} supports {Allowed}, not DELETE; POST {http.Request.Path.Value}/archive archives the record, and so does DELETE if the database's setting allowDelete is true");
    }
}
