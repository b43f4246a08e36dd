using System.Text.RegularExpressions;

namespace CrmImport.Drills;

/// <summary>The audit of one contact, told from the first entry to the last: each follows from the one before, is one write whole, and together they make what is stored.</summary>
internal static partial class ContactStory
{
    public static IEnumerable<Finding> Check((string ClientRef, string ContactRef) contact, AuditedChange[] story, Dictionary<string, SentWrite> writes, StoredRows rows)
    {
        var state = new Dictionary<string, string>();
        foreach (var change in story)
        {
            foreach (var (field, (before, after)) in change.Fields)
            {
                if (state.GetValueOrDefault(field, "") != before)
                {
                    yield return new(FindingKind.Unaudited, $"{contact}: entry {change.Entry.Id} has {field} as {before} before, which was {state.GetValueOrDefault(field, "")}");
                }

                state[field] = after;
            }

            if (change.Entry.Outcome == "created" != (change == story[0]))
            {
                yield return new(FindingKind.Doubled, $"{contact}: entry {change.Entry.Id} is {change.Entry.Outcome}, number {Array.IndexOf(story, change) + 1} of it");
            }

            if (change.Token is { } token && Whole(contact, change, writes.GetValueOrDefault(token), state) is { } fault)
            {
                yield return new(FindingKind.HalfWritten, $"{contact}: entry {change.Entry.Id} of {token}: {fault}");
            }
        }

        foreach (var finding in Stored(contact, story.Length, state, rows))
        {
            yield return finding;
        }
    }

    // What is wrong, where the entry is not the write: all its stamps, all its locations and, where it replaces them, no others.
    private static string? Whole((string ClientRef, string ContactRef) contact, AuditedChange change, SentWrite? write, Dictionary<string, string> state)
    {
        if (write is null || contact != (write.ClientRef, write.ContactRef))
        {
            return "no such write of this contact";
        }

        if (StoredContact.StampedFields.FirstOrDefault(field => change.After(field) != write.Token) is { } mixed)
        {
            return $"{mixed} is {change.After(mixed)}";
        }

        var day = $"{write.Day:yyyy-MM-dd}";
        foreach (var location in write.Locations)
        {
            var prefix = $"locations[{location.LocationRef}].";
            if (change.After($"{prefix}startDate") != day || change.After($"{prefix}endDate") != day || state.GetValueOrDefault($"{prefix}isPreferred") != $"{location.IsPreferred}")
            {
                return $"{location} with {day} is not what was stored: {change.Entry.Changes}";
            }
        }

        var left = state.Where(field => field.Value.Length > 0).Select(field => LocationField().Match(field.Key).Groups[1].Value).Where(locationRef => locationRef.Length > 0);
        return write.ReplacesLocations && left.Except(write.Locations.Select(location => location.LocationRef)).FirstOrDefault() is { } surplus ? $"{surplus} was not taken off" : null;
    }

    private static IEnumerable<Finding> Stored((string ClientRef, string ContactRef) contact, int entries, Dictionary<string, string> state, StoredRows rows)
    {
        var found = rows.ContactsByKey[contact].ToArray();
        if (found.Length != 1)
        {
            yield return new(found.Length == 0 ? FindingKind.Lost : FindingKind.Doubled, $"{contact} has {found.Length} rows and {entries} audit entries");
            yield break;
        }

        if (found[0].Version != entries)
        {
            yield return new(FindingKind.Unaudited, $"{contact} is of version {found[0].Version} and has {entries} audit entries");
        }

        if (found[0].Stamps.Distinct().Count() != 1)
        {
            yield return new(FindingKind.HalfWritten, $"{contact} mixes {string.Join(", ", found[0].Stamps)}");
        }

        if (found[0].Stamps[0] != state["surname"])
        {
            yield return new(FindingKind.Lost, $"{contact} has {found[0].Stamps[0]}, its last write was {state["surname"]}");
        }

        var stored = rows.LinksByContact[contact].SelectMany(link => link.Fields).ToArray();
        var told = state.Where(field => field.Value.Length > 0 && LocationField().IsMatch(field.Key)).Select(field => (field.Key, field.Value));
        foreach (var (field, value) in stored.Except(told).Concat(told.Except(stored)))
        {
            yield return new(FindingKind.HalfWritten, $"{contact}: {field} {value} stands in the row or in the audit only");
        }

        if (stored.Distinct().Count() != stored.Length)
        {
            yield return new(FindingKind.Doubled, $"{contact} has a location twice");
        }
    }

    [GeneratedRegex(@"^locations\[(.+)\]\.")]
    private static partial Regex LocationField();
}
