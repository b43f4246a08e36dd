using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Auth;

/// <summary>
/// Failed logins by address in this process, whatever database they named, served or not: an address that names another each time is locked all the same,
/// and what it is answered tells nothing of which databases there are.
/// </summary>
internal sealed class AddressFailures(IOptions<LoginsOptions> options, TimeProvider clock)
{
    /// <summary>Most addresses that are remembered; beyond that the ones that failed longest ago are forgotten.</summary>
    private const int MaxAddresses = 50_000;

    private readonly Dictionary<string, Entry> failures = new(StringComparer.Ordinal);
    private readonly LoginPolicy policy = new(options.Value);
    private readonly Lock gate = new();

    /// <summary>Until when the address is locked; null where it is not.</summary>
    public DateTime? LockedUntil(string network)
    {
        lock (gate)
        {
            return failures.TryGetValue(network, out var entry) && entry.LockedUntil > clock.GetUtcNow().UtcDateTime ? entry.LockedUntil : null;
        }
    }

    public void Add(string network)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        lock (gate)
        {
            var count = failures.TryGetValue(network, out var entry) && now - entry.LastAt < LoginGuard.Memory ? entry.Count + 1 : 1;
            failures[network] = new Entry(count, now, now + policy.BlockAfter(LoginSubject.Address, count)?.Span);
            if (failures.Count > MaxAddresses)
            {
                foreach (var oldest in failures.OrderBy(other => other.Value.LastAt).Take(MaxAddresses / 10).Select(other => other.Key).ToArray())
                {
                    failures.Remove(oldest);
                }
            }
        }
    }

    private readonly record struct Entry(int Count, DateTime LastAt, DateTime? LockedUntil);
}
