using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>Whether a database takes <c>DELETE</c> of a record that can be archived: its setting <c>allowDelete</c>.</summary>
internal static class DeleteSetting
{
    /// <summary>What the routes of such records take besides.</summary>
    private const string Allowed = "GET, HEAD, PATCH, POST, PUT";

    /// <summary>The refusal where the setting is false (405), whatever the caller may do, or where the caller lacks the permission (403); else null.</summary>
    public static async Task<Refusal?> CheckAsync(HttpContext http, Tenant tenant, Caller caller, string permission, CancellationToken cancellationToken)
    {
        if ((await tenant.Settings.ReadAsync(cancellationToken)).AllowDelete)
        {
            return caller.Can(permission) ? null : new Refusal(ApiErrors.Forbidden, $"This requires the permission {permission}");
        }

        http.Response.Headers.Allow = Allowed;
        return new Refusal(ApiErrors.MethodNotAllowed, $"{http.Request.Path.Value} supports {Allowed}, not DELETE; POST {http.Request.Path.Value}/archive archives the record, and so does DELETE if the database's setting allowDelete is true");
    }
}
