using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Address, database and credential (403, 400, 401), whether the API is on (403), then permission (403), before anything of the request is read. Unknown routes and methods have their answer already.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, Credentials credentials)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (http.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<RouteAccess>() is { IsOpen: true })
        {
            await next(http); // no such route, another method's route, or one for everybody
            return;
        }

        var access = await credentials.FindAsync(http);
        if (access.Refusal is null)
        {
            access.Value.Attach(http); // of a refused call too: the audit records whose it was
        }

        var refusal = access.Refusal ?? await CheckRouteAsync(endpoint.Metadata.GetMetadata<RouteAccess>(), access.Value, http.RequestAborted);
        if (refusal is not null)
        {
            await refusal.ExecuteAsync(http);
            return;
        }

        await next(http);
    }

    private static async ValueTask<Refusal?> CheckRouteAsync(RouteAccess? route, RequestAccess access, CancellationToken cancellationToken)
    {
        if (route is not { WorksWhenDisabled: true } && !(await access.Tenant.Settings.ReadAsync(cancellationToken)).ApiEnabled)
        {
            return new Refusal(ApiErrors.ApiDisabled, "The API of this database is switched off");
        }

        return route is not null && (route.AnyOf.Count == 0 || route.AnyOf.Any(access.Caller.Can))
            ? null
            : new Refusal(ApiErrors.Forbidden, "The credential does not permit this");
    }
}
