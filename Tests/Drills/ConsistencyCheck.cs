namespace CrmImport.Drills;

/// <summary>Compares the writes and their responses with what the database holds.</summary>
internal static class ConsistencyCheck
{
    public static IReadOnlyList<Finding> Run(StoredRows rows, IReadOnlyCollection<SentWrite> writes)
    {
        var changes = rows.Entries.Select(AuditedChange.Read).ToArray();
        var trails = changes.Where(change => change.Entry.ContactRef.Length > 0).GroupBy(change => (change.Entry.ClientRef, change.Entry.ContactRef)).ToDictionary(group => group.Key, group => group.ToArray());
        var byToken = writes.ToDictionary(write => write.Token);
        return
        [
            .. Writes(writes, trails, rows.Keys),
            .. trails.SelectMany(trail => ContactAuditTrail.Check(trail.Key, trail.Value, byToken, rows)),
            .. rows.Contacts.Where(contact => !trails.ContainsKey((contact.ClientRef, contact.ContactRef))).Select(contact => new Finding(FindingKind.Unaudited, $"{contact.ClientRef}/{contact.ContactRef} has no audit entry")),
            .. Neighbours(changes, byToken),
            .. Locations(rows, changes),
        ];
    }

    // Each acknowledged write has one audit entry and one stored response, both with the version that its response reported.
    private static IEnumerable<Finding> Writes(IReadOnlyCollection<SentWrite> writes, Dictionary<(string, string), AuditedChange[]> trails, IReadOnlyList<StoredKey> keys)
    {
        var entries = trails.Values.SelectMany(trail => trail.Select((change, index) => (change.Token, Version: index + 1L))).Where(entry => entry.Token is not null).ToLookup(entry => entry.Token, entry => entry.Version);
        var stored = keys.ToLookup(key => key.Key, key => key.Etag);
        foreach (var write in writes)
        {
            var versions = entries[write.Token].ToArray();
            if (versions.Length > 1 || stored[write.Token].Count() > 1)
            {
                yield return new(FindingKind.Doubled, $"{write.Token} appears {versions.Length} times in the audit, {stored[write.Token].Count()} times among the stored responses");
            }
            else if (write.IsAcknowledged && (versions.Length == 0 || !stored[write.Token].Any()))
            {
                yield return new(FindingKind.Lost, $"{write.Token} was acknowledged and appears {versions.Length} times in the audit, {stored[write.Token].Count()} times among the stored responses");
            }
            else if (write.IsAcknowledged && (versions[0] != write.Version || stored[write.Token].First() != $"\"{write.Version}\""))
            {
                yield return new(FindingKind.Unaudited, $"{write.Token} was answered with version {write.Version}; the audit has {versions[0]}, the stored response {stored[write.Token].First()}");
            }
        }
    }

    // A contact stops being a location's preferred one only because a write of the same request made another contact preferred.
    private static IEnumerable<Finding> Neighbours(AuditedChange[] changes, Dictionary<string, SentWrite> byToken)
    {
        var byTrace = changes.Where(change => change.Token is not null).ToLookup(change => change.Entry.TraceId);
        foreach (var change in changes.Where(change => change.Token is null))
        {
            var write = byTrace[change.Entry.TraceId].FirstOrDefault() is { } cause ? byToken.GetValueOrDefault(cause.Token!) : null;
            var isMeant = change.Entry.LocationRef.Length > 0
                ? write?.Locations.Any(location => location.LocationRef == change.Entry.LocationRef && $"{location.UsageTypeId}" == change.After("usageTypeId"))
                : write is not null && change.Fields.All(field => field.Value == ("True", "False") && write.Locations.Any(location => location.IsPreferred && field.Key == $"locations[{location.LocationRef}].isPreferred"));
            if (isMeant != true)
            {
                yield return new(FindingKind.HalfWritten, $"entry {change.Entry.Id}, {change.Entry.Changes}, belongs to no write that would cause it");
            }
        }
    }

    private static IEnumerable<Finding> Locations(StoredRows rows, AuditedChange[] changes)
    {
        foreach (var preferred in rows.Links.Where(link => link.IsPreferred).GroupBy(link => (link.ClientRef, link.LocationRef)).Where(group => group.Count() > 1))
        {
            yield return new(FindingKind.HalfWritten, $"{preferred.Key} has {preferred.Count()} preferred contacts");
        }

        var trails = changes.Where(change => change.Entry.LocationRef.Length > 0).ToLookup(change => (change.Entry.ClientRef, change.Entry.LocationRef));
        foreach (var location in rows.Locations)
        {
            var usageType = "1";
            var trail = trails[(location.ClientRef, location.LocationRef)].ToArray();
            foreach (var change in trail)
            {
                if (change.Fields["usageTypeId"].Before != usageType)
                {
                    yield return new(FindingKind.Unaudited, $"entry {change.Entry.Id} says {change.Entry.Changes}, before it was {usageType}");
                }

                usageType = change.Fields["usageTypeId"].After;
            }

            if (location.Version != trail.Length + 1 || $"{location.UsageTypeId}" != usageType)
            {
                yield return new(FindingKind.Unaudited, $"{location} has {trail.Length} audit entries, the last of which makes it {usageType}");
            }
        }
    }
}
