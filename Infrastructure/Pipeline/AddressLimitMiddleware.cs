
namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Early, before any credential is looked at: so many requests a minute from one address.</summary>
internal sealed class AddressLimitMiddleware(RequestDelegate next, RateLimits limits)
{
    public Task InvokeAsync(HttpContext http) =>
        !Transport.IsProbe(http) && limits.TakeForAddress(http) is { } refusal ? refusal.ExecuteAsync(http) : next(http);
}
