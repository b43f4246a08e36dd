using CrmImport.Features.Clients;
using CrmImport.Features.Contacts;
using CrmImport.Features.Locations;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Rules;

/// <summary>A kind of record whose fields a database can have rules for: its name, its catalogue, where its live records are, and what it takes to read them.</summary>
internal sealed record RuledRecord(string Name, RecordShape Shape, string Live, string ReadPermission)
{
    public static readonly IReadOnlyList<RuledRecord> All =
    [
        new("contact", ContactFields.Contact, "contact where live", Permissions.ContactRead),
        new("client", ClientFields.Client, "client where live", Permissions.ClientRead),
        new("location", LocationFields.Location, $"{LocationFields.Source} where live and client_live", Permissions.LocationRead),
    ];

    public static RuledRecord? Find(string name) => All.FirstOrDefault(record => record.Name == name);
}

/// <summary>A field in an address: <c>notes</c> of contacts, <c>client.name</c>, <c>location.postCode</c>.</summary>
internal sealed record RuledField(RuledRecord Record, Field Field)
{
    public string Name => FieldRules.NameOf(Record.Shape, Field);

    /// <summary>All of them, in the catalogue's order.</summary>
    public static readonly IReadOnlyList<RuledField> All = [.. RuledRecord.All.SelectMany(record => record.Shape.Fields.Select(field => new RuledField(record, field)))];

    /// <summary>The field of that name, of a contact where no record is named; null where there is none.</summary>
    public static RuledField? Find(string name)
    {
        var full = name.Contains('.', StringComparison.Ordinal) ? name : $"{RuledRecord.All[0].Name}.{name}";
        return All.FirstOrDefault(field => field.Name == full);
    }
}
