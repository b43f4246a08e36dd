using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>The databases this service serves, by name. Filled once, at start.</summary>
internal sealed class Tenants
{
    private Dictionary<string, Tenant> byName = [];

    public IReadOnlyCollection<Tenant> All => byName.Values;

    public void Add(Tenant tenant) => byName = new(byName, StringComparer.Ordinal) { [tenant.Name] = tenant };

    public async Task CloseAsync()
    {
        var open = byName.Values;
        byName = [];
        foreach (var tenant in open)
        {
            await tenant.DisposeAsync();
        }
    }

    /// <summary>Does the work of a log-in to a database that is not served here: the same one on every replica.</summary>
    public Tenant StandIn => byName.Values.MinBy(tenant => tenant.Name, StringComparer.Ordinal)!;

    public Tenant? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The database a log-in is for: the named one (null where unknown), or the only one there is.</summary>
    public Answer<Tenant?> ForLogin(string? name) => (name, byName.Count) switch
    {
        (not null, _) => Find(name),
        (null, 1) => byName.Values.Single(),
        _ => Refusal.Of(ApiErrors.DatabaseRequired, DatabaseHeader.Name, $"Several databases are served: name one in the header {DatabaseHeader.Name}"),
    };
}
