using System.Globalization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Requests a minute by address and by principal, counted per replica and reported as in draft-ietf-httpapi-ratelimit-headers.</summary>
internal sealed class RateLimits(IOptions<RateLimitsOptions> options, TimeProvider clock)
{
    private const string PolicyHeader = "RateLimit-Policy";
    private const string LeftHeader = "RateLimit";

    private readonly RateLimit<ClientNetwork>? addresses = Of<ClientNetwork>(options.Value.RequestsPerMinutePerAddress, clock);
    private readonly RateLimit<(string Database, long AccountId)>? principals = Of<(string, long)>(options.Value.RequestsPerMinutePerPrincipal, clock);
    private readonly StringValues policy = Policy(options.Value);

    /// <summary>Counts a request for its address; the refusal where there were too many.</summary>
    public Refusal? TakeForAddress(HttpContext http) =>
        addresses is null ? null : Judge((QuotasOf(http).Address = addresses.Take(ClientNetwork.Of(http.Connection.RemoteIpAddress))).Value, "this address");

    /// <summary>Counts a request for the account that sent it; the refusal where there were too many.</summary>
    public Refusal? TakeForPrincipal(HttpContext http, RequestAccess access) =>
        principals is null ? null : Judge((QuotasOf(http).Principal = principals.Take((access.Tenant.Name, access.Caller.AccountId))).Value, "this account");

    /// <summary>The policy, and what is left of each limit the request was counted for.</summary>
    public void WriteHeaders(HttpContext http)
    {
        if (policy.Count == 0 || http.Features.Get<ReportedQuotas>() is not { } quotas)
        {
            return;
        }

        var headers = http.Response.Headers;
        headers[PolicyHeader] = policy;
        headers[LeftHeader] = (quotas.Address, quotas.Principal) switch
        {
            ({ } address, { } principal) => string.Create(
                CultureInfo.InvariantCulture, $"\"address\";r={address.Remaining};t={address.ResetSeconds}, \"principal\";r={principal.Remaining};t={principal.ResetSeconds}"),
            ({ } address, null) => string.Create(CultureInfo.InvariantCulture, $"\"address\";r={address.Remaining};t={address.ResetSeconds}"),
            (null, { } principal) => string.Create(CultureInfo.InvariantCulture, $"\"principal\";r={principal.Remaining};t={principal.ResetSeconds}"),
            _ => StringValues.Empty,
        };
    }

    private static RateLimit<TKey>? Of<TKey>(int perMinute, TimeProvider clock)
        where TKey : notnull => perMinute == 0 ? null : new(perMinute, clock);

    private static StringValues Policy(RateLimitsOptions options)
    {
        var items = new[] { ("address", options.RequestsPerMinutePerAddress), ("principal", options.RequestsPerMinutePerPrincipal) }
            .Where(item => item.Item2 > 0)
            .Select(item => string.Create(CultureInfo.InvariantCulture, $"\"{item.Item1}\";q={item.Item2};w=60"))
            .ToArray();
        return items.Length == 0 ? StringValues.Empty : string.Join(", ", items);
    }

    private static Refusal? Judge(Quota quota, string whose) =>
        quota.IsAllowed ? null : new Refusal(ApiErrors.TooManyRequests, $"Too many requests from {whose}; try again later") { RetryAfterSeconds = Math.Max(1, quota.RetrySeconds) };

    private static ReportedQuotas QuotasOf(HttpContext http)
    {
        if (http.Features.Get<ReportedQuotas>() is { } reported)
        {
            return reported;
        }

        reported = new ReportedQuotas();
        http.Features.Set(reported);
        return reported;
    }

    private sealed class ReportedQuotas
    {
        public Quota? Address { get; set; }

        public Quota? Principal { get; set; }
    }
}
