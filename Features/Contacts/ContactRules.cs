using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Contacts;

/// <summary>The catalogue's rules for a contact as it was sent, then what they cannot say: no location twice. Days are compared where the stored ones are known, in <c>ContactChange</c>.</summary>
internal static class ContactRules
{
    /// <summary>All that is wrong with the contact, in field order.</summary>
    public static IReadOnlyList<Problem> ProblemsOf(RecordInput contact)
    {
        var problems = RecordRules.ProblemsOf(contact);
        return contact.Children is { Count: > 1 } locations ? [.. problems, .. RepeatedLocations(locations)] : problems;
    }

    private static IEnumerable<Problem> RepeatedLocations(List<RecordInput> locations)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var location in locations)
        {
            if (location.Text(ContactFields.LocationRef) is { Length: > 0 } locationRef && !seen.Add(locationRef))
            {
                var path = location.PathOf(ContactFields.LocationRef);
                yield return Problem.Severe(ApiErrors.DuplicateLocation, path, $"{path}: location {locationRef} appears more than once");
            }
        }
    }
}
