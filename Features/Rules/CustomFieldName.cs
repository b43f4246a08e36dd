using System.Text.RegularExpressions;
using CrmImport.Features.Contacts;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Rules;

/// <summary>The name of a field that is added: its kind of record, and what its property is called.</summary>
internal static partial class CustomFieldName
{
    /// <summary>The whole name, of a contact's field where no record is named: <c>colour</c> is <c>contact.colour</c>.</summary>
    public static string Whole(string name) => name.Contains('.', StringComparison.Ordinal) ? name : $"{RuledRecord.All[0].Name}.{name}";

    /// <summary>Why no field can be called so; null where one can.</summary>
    /// <param name="whole">The whole name.</param>
    /// <param name="others">The whole names of the fields that were added, retired ones too.</param>
    public static string? FaultOf(string whole, IEnumerable<string> others)
    {
        if (!Form().IsMatch(whole))
        {
            return "must be contact., client. or location. and a name of up to 50 letters and digits that begins with a small letter, such as contact.colour";
        }

        var (record, name) = (RuledRecord.Find(whole[..whole.IndexOf('.', StringComparison.Ordinal)])!, whole[(whole.IndexOf('.', StringComparison.Ordinal) + 1)..]);
        return name.Equals("not", StringComparison.OrdinalIgnoreCase) ? "not is a word of filters"
            : Taken(record).FirstOrDefault(taken => ColumnTarget.Simplify(taken) == ColumnTarget.Simplify(name)) is { } known ? $"{name} is taken: there is {known} already"
            : others.FirstOrDefault(other => other != whole && other.Equals(whole, StringComparison.OrdinalIgnoreCase)) is { } similar ? $"{whole} differs from {similar} in upper and lower case only"
            : null;
    }

    // Fields and other properties of the record; of a contact also the columns that an import knows, and the words of its mapping.
    private static IEnumerable<string> Taken(RuledRecord record) =>
    [
        .. record.Shape.Fields.SelectMany(field => new[] { field.Name, field.Alias }).OfType<string>(),
        .. record.Shape.AlsoReturned,
        .. RecordHistory.NamesWithArchive,
        "id",
        .. record.Shape.ChildrenName is { } children ? [children, .. ColumnTarget.NamesOf(ContactFields.Contact), ImportMapping.ConstantsName, ImportMapping.ValuesName, ImportMapping.DateFormatName, .. RejectColumns.All] : Array.Empty<string>(),
    ];

    [GeneratedRegex(@"^(contact|client|location)\.[a-z][A-Za-z0-9]{0,49}\z")]
    private static partial Regex Form();
}
