using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.Reading;

/// <summary>
/// What the input's columns or properties are: <c>{"Last name":"surname","Remarks":null}</c>, and besides <c>"constants":{"contact1Type":1}</c> for what the rows do not give,
/// <c>"values":{"contact1Type":{"Home":1}}</c> for what stands for another value, <c>"dateFormat":"dd.MM.yyyy"</c>.
/// </summary>
[JsonConverter(typeof(ImportMappingJson))]
internal sealed class ImportMapping
{
    public const string Parameter = "mapping";
    public const string ConstantsName = "constants";
    public const string ValuesName = "values";
    public const string DateFormatName = "dateFormat";

    private const int MaxEntries = 10_000;

    /// <summary>The target of each column that was named; null where it is left out.</summary>
    public Dictionary<string, string?> Columns { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By target: the text that a row has which gives none.</summary>
    public Dictionary<string, string> Constants { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>By target: the text that stands for another.</summary>
    public Dictionary<string, Dictionary<string, string>> Values { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How days are written, as .NET has it; null: as in JSON.</summary>
    public string? DateFormat { get; private set; }

    /// <summary>The mapping, or all that is wrong with it.</summary>
    /// <param name="contact">A contact as the database has it: what is named must be a field of it.</param>
    public static Answer<ImportMapping> Parse(string text, RecordShape contact)
    {
        var mapping = Parse(text);
        return mapping.Refusal is null && mapping.Value.UnknownTargets(contact).ToArray() is { Length: > 0 } unknown ? Refusal.Of(unknown) : mapping;
    }

    /// <summary>The same of a mapping that was kept: a field may have been retired since.</summary>
    public static Answer<ImportMapping> Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var mapping = new ImportMapping();
            var problems = json.RootElement.ValueKind == JsonValueKind.Object ? [.. mapping.Read(json.RootElement)] : new List<Problem> { Wrong("mapping must be a JSON object") };
            return problems.Count > 0 ? Refusal.Of(problems) : mapping;
        }
        catch (JsonException exception)
        {
            return Refusal.Of([Wrong($"mapping is no JSON: {exception.Message}")]);
        }
        catch (InvalidOperationException)
        {
            return Refusal.Of([Wrong("mapping has a lone surrogate")]); // as the reader says it
        }
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var (column, target) in Columns)
        {
            writer.WriteString(column, target);
        }

        if (Constants.Count > 0)
        {
            writer.WritePropertyName(ConstantsName);
            WriteTexts(writer, Constants);
        }

        if (Values.Count > 0)
        {
            writer.WriteStartObject(ValuesName);
            foreach (var (target, values) in Values)
            {
                writer.WritePropertyName(target);
                WriteTexts(writer, values);
            }

            writer.WriteEndObject();
        }

        if (DateFormat is not null)
        {
            writer.WriteString(DateFormatName, DateFormat);
        }

        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, Dictionary<string, string> texts)
    {
        writer.WriteStartObject();
        foreach (var (name, text) in texts)
        {
            writer.WriteString(name, text);
        }

        writer.WriteEndObject();
    }

    private IEnumerable<Problem> Read(JsonElement mapping)
    {
        if (mapping.GetPropertyCount() > MaxEntries)
        {
            return [Wrong($"mapping has more than {MaxEntries} entries")];
        }

        return mapping.EnumerateObject().SelectMany(entry => (entry.Name, entry.Value.ValueKind) switch
        {
            (ConstantsName, JsonValueKind.Object) => ReadTexts(entry.Value, ConstantsName, Constants),
            (ValuesName, JsonValueKind.Object) => ReadValues(entry.Value),
            (DateFormatName, JsonValueKind.String) when ColumnTarget.Of(entry.Value.GetString()!, ContactFields.Contact) is null => ReadDateFormat(entry.Value.GetString()!),
            (_, JsonValueKind.String) => ReadColumn(entry.Name, entry.Value.GetString()!),
            (_, JsonValueKind.Null) => ReadColumn(entry.Name, null),
            (ConstantsName or ValuesName, _) => [Wrong($"mapping.{entry.Name} must be an object")],
            (DateFormatName, _) => [Wrong($"mapping.{entry.Name} must be a format of days, such as dd.MM.yyyy")],
            _ => [Wrong($"mapping.{entry.Name} must be the name of a field, or null")],
        });
    }

    private IEnumerable<Problem> ReadColumn(string column, string? target)
    {
        return Columns.TryAdd(column.Trim(), target) ? [] : [Wrong($"mapping.{column} appears more than once")];
    }

    private IEnumerable<Problem> ReadDateFormat(string format)
    {
        DateFormat = format;
        var day = new DateOnly(2026, 11, 27);
        try
        {
            return DateOnly.TryParseExact(day.ToString(format, CultureInfo.InvariantCulture), format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) && read == day
                ? []
                : [Wrong($"mapping.{DateFormatName}: {format} does not hold a day, such as dd.MM.yyyy")];
        }
        catch (FormatException)
        {
            return [Wrong($"mapping.{DateFormatName}: {format} is no format of a day, such as dd.MM.yyyy")];
        }
    }

    private IEnumerable<Problem> ReadValues(JsonElement values) => values.EnumerateObject().SelectMany(field =>
    {
        var texts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Values[field.Name] = texts;
        return field.Value.ValueKind != JsonValueKind.Object ? [Wrong($"mapping.{ValuesName}.{field.Name} must be an object")]
            : ReadTexts(field.Value, $"{ValuesName}.{field.Name}", texts);
    });

    private static IEnumerable<Problem> ReadTexts(JsonElement texts, string path, Dictionary<string, string> read)
    {
        foreach (var entry in texts.EnumerateObject())
        {
            if (entry.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False))
            {
                yield return Wrong($"mapping.{path}.{entry.Name} must be a text, a number, true or false");
            }
            else
            {
                read[entry.Name] = entry.Value.ToString();
            }
        }
    }

    /// <summary>What it names that is no field of a contact.</summary>
    public IEnumerable<Problem> UnknownTargets(RecordShape contact) =>
        Columns.Where(column => IsUnknown(column.Value, contact)).Select(column => Wrong($"mapping.{column.Key}: {column.Value} is no field of a contact"))
            .Concat(Constants.Keys.Where(target => IsUnknown(target, contact)).Select(target => Wrong($"mapping.{ConstantsName}: {target} is no field of a contact")))
            .Concat(Values.Keys.Where(target => IsUnknown(target, contact)).Select(target => Wrong($"mapping.{ValuesName}: {target} is no field of a contact")));

    private static bool IsUnknown(string? target, RecordShape contact) => target is not null && ColumnTarget.Of(target, contact) is null;

    private static Problem Wrong(string message) => Problem.Severe(ApiErrors.InvalidMapping, Parameter, message);
}

/// <summary>A mapping as it was sent.</summary>
internal sealed class ImportMappingJson : JsonConverter<ImportMapping>
{
    public override ImportMapping? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        return ImportMapping.Parse(json.RootElement.GetRawText()).Value;
    }

    public override void Write(Utf8JsonWriter writer, ImportMapping value, JsonSerializerOptions options) => value.Write(writer);
}
