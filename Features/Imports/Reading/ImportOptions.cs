using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Contacts.UpsertContact;

namespace CrmImport.Features.Imports.Reading;

/// <summary>What an import's caller asks for, as it is kept and returned: in camel case, what was left out with its default.</summary>
internal sealed record ImportOptions
{
    /// <summary>partial: good rows in, bad rows named; atomic: all rows or none.</summary>
    public ImportMode Mode { get; init; }

    public ImportOperation Operation { get; init; }

    /// <summary>What an empty cell of a table means.</summary>
    public BlankCells Blank { get; init; }

    /// <summary>What becomes of a contact that stands in the input again, elsewhere or with other values.</summary>
    public DuplicateRows OnDuplicate { get; init; }

    [JsonConverter(typeof(CamelCaseEnum<LocationsMode>))]
    public LocationsMode Locations { get; init; }

    /// <summary>Whether nothing is stored, and the results say what would be.</summary>
    public bool DryRun { get; init; }

    /// <summary>So many rejected rows may be; one more stops the import. Null: any number.</summary>
    public long? MaxRejects { get; init; }

    /// <summary>So many percent of the rows may be rejected, counted after 300 rows. Null: all.</summary>
    public int? MaxRejectsPercent { get; init; }

    /// <summary>Between the cells of a CSV; null: detected.</summary>
    public string? Delimiter { get; init; }

    /// <summary>The web name of a CSV's encoding; null: by its byte order mark, else UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>The sheet of a workbook; null: the first.</summary>
    public string? Sheet { get; init; }

    /// <summary>What the columns or properties are, which values stand for others, what all rows have.</summary>
    public ImportMapping? Mapping { get; init; }
}

[JsonConverter(typeof(CamelCaseEnum<ImportMode>))]
internal enum ImportMode
{
    Partial,
    Atomic,
}

[JsonConverter(typeof(CamelCaseEnum<ImportOperation>))]
internal enum ImportOperation
{
    /// <summary>Create the contact, or change it.</summary>
    Upsert,

    /// <summary>Create it; one that is there is rejected.</summary>
    Create,

    /// <summary>Change it; one that is not there is rejected. The keys and any other fields are enough.</summary>
    Update,
}

[JsonConverter(typeof(CamelCaseEnum<BlankCells>))]
internal enum BlankCells
{
    /// <summary>The stored value stays.</summary>
    Keep,

    /// <summary>The stored value is cleared.</summary>
    Clear,
}

[JsonConverter(typeof(CamelCaseEnum<DuplicateRows>))]
internal enum DuplicateRows
{
    /// <summary>Each is carried out, in the order of the input.</summary>
    Last,

    /// <summary>The later ones are rejected.</summary>
    First,

    /// <summary>All of them are rejected.</summary>
    Reject,
}

/// <summary>Writes an enum's names in camel case, as callers send them.</summary>
internal sealed class CamelCaseEnum<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase)
    where TEnum : struct, Enum;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ImportOptions))]
internal sealed partial class ImportOptionsJson : JsonSerializerContext;
