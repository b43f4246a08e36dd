using System.Globalization;
using System.Text.RegularExpressions;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.Reading;

/// <summary>What a column of a table is: a field of the contact, of one of its locations, or the version it must have.</summary>
/// <param name="Definition">The field; null for the version.</param>
/// <param name="Field">Index of the field in its shape; -1 for the version.</param>
/// <param name="Location">Index of the location; -1 for the contact itself.</param>
internal sealed partial record ColumnTarget(Field? Definition, int Field, int Location)
{
    public const string VersionName = "version";

    public static ColumnTarget Version { get; } = new(null, -1, -1);

    /// <summary>Every name of a target, in the order of the catalogue; those of the first location short.</summary>
    public static IReadOnlyList<string> NamesOf(RecordShape contact) => [.. contact.Fields.Select(field => field.Name), .. ContactFields.Location.Fields.Select(field => field.Name), VersionName];

    public bool IsVersion => Field < 0;

    /// <summary>The name of the target, as problems have it.</summary>
    public string Path => IsVersion ? VersionName : Location < 0 ? Definition!.Name : $"{ContactFields.Locations}[{Location}].{Definition!.Name}";

    /// <summary>
    /// The target of that name, ignoring case, blanks, underscores and hyphens: <c>surname</c>, <c>locations[1].locationRef</c>, <c>locationRef</c> (of the first location); null for none.
    /// </summary>
    /// <param name="contact">A contact as the database has it.</param>
    public static ColumnTarget? Of(string name, RecordShape contact)
    {
        var location = -1;
        if (OfLocation().Match(name.Trim()) is { Success: true } match)
        {
            location = int.Parse(match.Groups["index"].ValueSpan, CultureInfo.InvariantCulture);
            name = match.Groups["field"].Value;
            if (location >= ContactFields.MaxLocations)
            {
                return null;
            }
        }

        var simple = Simplify(name);
        return (location < 0 ? Find(contact, -1, simple) : null)
            ?? Find(ContactFields.Location, Math.Max(location, 0), simple)
            ?? (location < 0 && simple == VersionName ? Version : null);
    }

    /// <summary>The name without what does not tell columns apart: case, blanks, underscores, hyphens.</summary>
    public static string Simplify(string name) => string.Concat(name.Where(letter => letter is not ('_' or '-') && !char.IsWhiteSpace(letter))).ToLowerInvariant();

    private static ColumnTarget? Find(RecordShape shape, int location, string simple)
    {
        for (var i = 0; i < shape.Fields.Count; i++)
        {
            if (Simplify(shape.Fields[i].Name) == simple)
            {
                return new(shape.Fields[i], i, location);
            }
        }

        return null;
    }

    [GeneratedRegex(@"^locations[\[./]?(?<index>\d{1,4})[\]./]{1,2}\.?(?<field>.+)$", RegexOptions.IgnoreCase)]
    private static partial Regex OfLocation();
}
