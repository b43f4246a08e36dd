using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Primitives;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Database and credential (400, 401), then permission (403), before anything of the request is read. Unknown routes and methods have their answer already.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, AccessTokens tokens, Sessions sessions)
{
    private const string BearerPrefix = "Bearer ";

    /// <summary>Oneserve's name for the header that carries the token.</summary>
    private const string OneserveTokenHeader = "OS_REST_AUTH_TOKEN";

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<RouteAccess>() is { IsOpen: true })
        {
            await next(http); // no such route, another method's route, or one for everybody
            return;
        }

        var access = await FindAccessAsync(http);
        http.Features.Set(access.Refusal is null ? access.Value : null); // of a call that is not permitted too: the audit tells whose it was
        var refusal = access.Refusal ?? CheckPermission(endpoint, access.Value.Caller);
        if (refusal is not null)
        {
            await refusal.ExecuteAsync(http);
            return;
        }

        await next(http);
    }

    private async Task<Answer<RequestAccess>> FindAccessAsync(HttpContext http)
    {
        var database = DatabaseHeader.Read(http.Request);
        if (database.Refusal is { } refusal)
        {
            return refusal;
        }

        var token = FindToken(http.Request.Headers);
        var identity = token is null ? null : await tokens.ReadAsync(token);
        if (identity is null || (database.Value is { } name && name != identity.Tenant.Name))
        {
            return NotAuthenticated();
        }

        var caller = await sessions.FindCallerAsync(identity, CallOrigin.Of(http), http.RequestAborted);
        return caller is null ? NotAuthenticated() : new RequestAccess(identity.Tenant, caller);
    }

    // Two credentials that disagree are none.
    private static string? FindToken(IHeaderDictionary headers)
    {
        StringValues authorization = headers.Authorization, oneserve = headers[OneserveTokenHeader];
        if (authorization.Count > 1 || oneserve.Count > 1)
        {
            return null;
        }

        var bearer = authorization.Count == 1 && authorization[0]!.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? authorization[0]![BearerPrefix.Length..].Trim()
            : null;
        return oneserve.Count == 0 ? bearer
            : authorization.Count == 0 || bearer == oneserve[0] ? oneserve[0]
            : null;
    }

    private static Refusal? CheckPermission(RouteEndpoint endpoint, Caller caller) =>
        endpoint.Metadata.GetMetadata<RouteAccess>() is { } access && (access.AnyOf.Count == 0 || access.AnyOf.Any(caller.Can))
            ? null
            : new Refusal(ApiErrors.Forbidden, "The credential does not permit this");

    private static Refusal NotAuthenticated() => new(ApiErrors.NotAuthenticated, "No valid credential for this database");
}
