using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>As soon as the caller is known: so many requests a minute of one account.</summary>
internal sealed class PrincipalLimitMiddleware(RequestDelegate next, RateLimits limits)
{
    public Task InvokeAsync(HttpContext http) =>
        http.Features.Get<RequestAccess>() is { } access && limits.TakeForPrincipal(http, access) is { } refusal ? refusal.ExecuteAsync(http) : next(http);
}
