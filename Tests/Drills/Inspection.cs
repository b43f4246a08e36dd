namespace CrmImport.Drills;

/// <summary>Compares what the writers sent and were told with what the database has.</summary>
internal static class Inspection
{
    public static IReadOnlyList<Finding> Inspect(StoredRows rows, IReadOnlyCollection<SentWrite> writes)
    {
        var changes = rows.Entries.Select(AuditedChange.Read).ToArray();
        var stories = changes.Where(change => change.Entry.ContactRef.Length > 0).GroupBy(change => (change.Entry.ClientRef, change.Entry.ContactRef)).ToDictionary(group => group.Key, group => group.ToArray());
        var byToken = writes.ToDictionary(write => write.Token);
        return
        [
            .. Writes(writes, stories, rows.Keys),
            .. stories.SelectMany(story => ContactStory.Check(story.Key, story.Value, byToken, rows)),
            .. rows.Contacts.Where(contact => !stories.ContainsKey((contact.ClientRef, contact.ContactRef))).Select(contact => new Finding(FindingKind.Unaudited, $"{contact.ClientRef}/{contact.ContactRef} has no audit entry")),
            .. Neighbours(changes, byToken),
            .. Locations(rows, changes),
        ];
    }

    // Each acknowledged write has one entry, which is the one of the version it was told, and one kept answer, which tells that version too.
    private static IEnumerable<Finding> Writes(IReadOnlyCollection<SentWrite> writes, Dictionary<(string, string), AuditedChange[]> stories, IReadOnlyList<StoredKey> keys)
    {
        var entries = stories.Values.SelectMany(story => story.Select((change, index) => (change.Token, Version: index + 1L))).Where(entry => entry.Token is not null).ToLookup(entry => entry.Token, entry => entry.Version);
        var kept = keys.ToLookup(key => key.Key, key => key.Etag);
        foreach (var write in writes)
        {
            var versions = entries[write.Token].ToArray();
            if (versions.Length > 1 || kept[write.Token].Count() > 1)
            {
                yield return new(FindingKind.Doubled, $"{write.Token} stands {versions.Length} times in the audit, {kept[write.Token].Count()} times among the kept answers");
            }
            else if (write.IsAcknowledged && (versions.Length == 0 || !kept[write.Token].Any()))
            {
                yield return new(FindingKind.Lost, $"{write.Token} was acknowledged and stands {versions.Length} times in the audit, {kept[write.Token].Count()} times among the kept answers");
            }
            else if (write.IsAcknowledged && (versions[0] != write.Version || kept[write.Token].First() != $"\"{write.Version}\""))
            {
                yield return new(FindingKind.Unaudited, $"{write.Token} was told version {write.Version}, the audit has it as {versions[0]}, the kept answer is {kept[write.Token].First()}");
            }
        }
    }

    // A contact that stopped being a location's preferred one did so for a write, of the same request, that made another so.
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
                yield return new(FindingKind.HalfWritten, $"entry {change.Entry.Id}, {change.Entry.Changes}, belongs to no write that would do that");
            }
        }
    }

    private static IEnumerable<Finding> Locations(StoredRows rows, AuditedChange[] changes)
    {
        foreach (var preferred in rows.Links.Where(link => link.IsPreferred).GroupBy(link => (link.ClientRef, link.LocationRef)).Where(group => group.Count() > 1))
        {
            yield return new(FindingKind.HalfWritten, $"{preferred.Key} has {preferred.Count()} preferred contacts");
        }

        var stories = changes.Where(change => change.Entry.LocationRef.Length > 0).ToLookup(change => (change.Entry.ClientRef, change.Entry.LocationRef));
        foreach (var location in rows.Locations)
        {
            var usageType = "1";
            var story = stories[(location.ClientRef, location.LocationRef)].ToArray();
            foreach (var change in story)
            {
                if (change.Fields["usageTypeId"].Before != usageType)
                {
                    yield return new(FindingKind.Unaudited, $"entry {change.Entry.Id} says {change.Entry.Changes}, before it was {usageType}");
                }

                usageType = change.Fields["usageTypeId"].After;
            }

            if (location.Version != story.Length + 1 || $"{location.UsageTypeId}" != usageType)
            {
                yield return new(FindingKind.Unaudited, $"{location} has {story.Length} audit entries, the last of which makes it {usageType}");
            }
        }
    }
}
