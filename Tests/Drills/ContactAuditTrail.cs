using System.Text.RegularExpressions;

namespace CrmImport.Drills;

/// <summary>Checks the audit entries of one contact, in order: each follows from the one before and is one whole write, and together they lead to the stored row.</summary>
internal static partial class ContactAuditTrail
{
    public static IEnumerable<Finding> Check((string ClientRef, string ContactRef) contact, AuditedChange[] trail, Dictionary<string, SentWrite> writes, StoredRows rows)
    {
        var state = new Dictionary<string, string>();
        foreach (var change in trail)
        {
            foreach (var (field, (before, after)) in change.Fields)
            {
                if (state.GetValueOrDefault(field, "") != before)
                {
                    yield return new(FindingKind.Unaudited, $"{contact}: entry {change.Entry.Id} has {field} as {before} before, which was {state.GetValueOrDefault(field, "")}");
                }

                state[field] = after;
            }

            if (change.Entry.Outcome == "created" != (change == trail[0]))
            {
                yield return new(FindingKind.Doubled, $"{contact}: entry {change.Entry.Id} is {change.Entry.Outcome}, number {Array.IndexOf(trail, change) + 1} of it");
            }

            if (change.Token is { } token && Whole(contact, change, writes.GetValueOrDefault(token), state) is { } fault)
            {
                yield return new(FindingKind.HalfWritten, $"{contact}: entry {change.Entry.Id} of {token}: {fault}");
            }
        }

        foreach (var finding in Stored(contact, trail.Length, state, rows))
        {
            yield return finding;
        }
    }

    // What is wrong, if the entry is not exactly the write: all stamped fields, all locations and, where the write replaces them, no others.
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
        return write.ReplacesLocations && left.Except(write.Locations.Select(location => location.LocationRef)).FirstOrDefault() is { } surplus ? $"{surplus} was not removed" : null;
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
            yield return new(FindingKind.Unaudited, $"{contact} has version {found[0].Version} and has {entries} audit entries");
        }

        if (found[0].Tokens.Distinct().Count() != 1)
        {
            yield return new(FindingKind.HalfWritten, $"{contact} mixes {string.Join(", ", found[0].Tokens)}");
        }

        if (found[0].Tokens[0] != state["surname"])
        {
            yield return new(FindingKind.Lost, $"{contact} has {found[0].Tokens[0]}, its last write was {state["surname"]}");
        }

        var stored = rows.LinksByContact[contact].SelectMany(link => link.Fields).ToArray();
        var audited = state.Where(field => field.Value.Length > 0 && LocationField().IsMatch(field.Key)).Select(field => (field.Key, field.Value));
        foreach (var (field, value) in stored.Except(audited).Concat(audited.Except(stored)))
        {
            yield return new(FindingKind.HalfWritten, $"{contact}: {field} {value} is only in the row or only in the audit");
        }

        if (stored.Distinct().Count() != stored.Length)
        {
            yield return new(FindingKind.Doubled, $"{contact} has the same location more than once");
        }
    }

    [GeneratedRegex(@"^locations\[(.+)\]\.")]
    private static partial Regex LocationField();
}
