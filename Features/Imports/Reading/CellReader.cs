using System.Globalization;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.Reading;

/// <summary>Makes a contact of the cells of a table's row.</summary>
internal sealed class CellReader
{
    /// <summary>The cell that clears a field, whatever an empty one means.</summary>
    public const string ClearToken = "#N/A";

    private static readonly int LocationRef = ContactFields.Location.IndexOf(ContactFields.LocationRef);
    private static readonly int IsPreferred = ContactFields.Location.IndexOf(ContactFields.IsPreferred);

    private readonly TableLayout layout;
    private readonly ImportMapping? mapping;
    private readonly ListNames names;
    private readonly bool keepsBlank;
    private readonly (ColumnTarget Target, string Path, string Text)[] constants;
    private readonly string?[] paths;

    public CellReader(TableLayout layout, ImportOptions options, ListNames names)
    {
        (this.layout, this.names, mapping, keepsBlank) = (layout, names, options.Mapping, options.Blank == BlankCells.Keep);
        constants = [.. from constant in mapping?.Constants ?? [] let target = ColumnTarget.Of(constant.Key, names.Contact) where target is not null select (target, constant.Key, constant.Value)];
        paths = [.. layout.Targets.Select(target => target?.Path)];
    }

    /// <summary>The row of these cells; not read where their number is not that of the header's.</summary>
    public InputRow Read(string[] cells, long line, InputPosition end)
    {
        var width = layout.Header.Count;
        if (cells.Length != width && (cells.Length < width || cells.Skip(width).Any(cell => cell.Length > 0)))
        {
            return new(line, end) { Cells = cells, Fault = Problem.Severe(ApiErrors.MalformedRow, null, $"The row has {cells.Length} cells, and the header {width}") };
        }

        var contact = new RecordInput(names.Contact, "", new ProblemBudget()) { IsPartial = true };
        SortedList<int, RecordInput>? locations = null;
        long? version = null;
        Problem? badVersion = null;
        var isTrimmed = false;
        for (var column = 0; column < width; column++)
        {
            if (layout.Targets[column] is not { } target)
            {
                continue;
            }

            var text = layout.IsOfRejects ? RejectColumns.Arm(cells[column]) : cells[column];
            if (target.IsVersion)
            {
                (version, badVersion) = ReadVersion(text);
                continue;
            }

            isTrimmed |= target.Definition is { Key: true } && text.Length > 0 && (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]));
            Take(contact, ref locations, target, paths[column]!, text);
        }

        foreach (var (target, _, text) in constants)
        {
            if (!target.IsVersion && !RecordOf(contact, ref locations, target).IsPresent(target.Field))
            {
                Take(contact, ref locations, target, target.Path, text);
            }
        }

        if (badVersion is not null)
        {
            contact.AddProblem(badVersion);
        }

        contact.Children = Named(locations);
        return new(line, end) { Cells = cells, Contact = contact, Version = version, IsKeyTrimmed = isTrimmed };
    }

    /// <summary>The version that a text names; null for a blank one.</summary>
    public static (long? Version, Problem? Problem) ReadVersion(string text) =>
        string.IsNullOrWhiteSpace(text) ? (null, null)
            : long.TryParse(text.Trim().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? (version, null)
            : (null, Problem.Severe(ApiErrors.FieldNotInteger, ColumnTarget.VersionName, "version must be a whole number"));

    /// <summary>The value of a text as a field of an import takes it: by what the mapping has it stand for, by its day's format, by the name of a list's item.</summary>
    public static object? Value(string text, ColumnTarget target, string path, ImportMapping? mapping, ListNames names)
    {
        var field = target.Definition!;
        if (mapping is not null && mapping.Values.TryGetValue(field.Name, out var values) && values.TryGetValue(text.Trim(), out var meant))
        {
            text = meant;
        }

        if (field.Kind == FieldKind.Date && mapping?.DateFormat is { } format && text.Length > 0)
        {
            return DateOnly.TryParseExact(text.Trim(), format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
                : Problem.Severe(ApiErrors.FieldNotDate, path, $"{path} must be a date like {format}");
        }

        var value = LenientValue.Read(text, field, path);
        return value is Problem problem && field.List is not null
            ? names.Find(field, text, path) ?? problem with { Message = $"{path} must be the id or the name of an item of the list {field.List}" }
            : value;
    }

    private void Take(RecordInput contact, ref SortedList<int, RecordInput>? locations, ColumnTarget target, string path, string text)
    {
        var isClear = text == ClearToken;
        var record = RecordOf(contact, ref locations, target);
        if (!isClear && keepsBlank && string.IsNullOrWhiteSpace(text))
        {
            record.MarkBlank(target.Field);
        }
        else if (target.Location < 0 || text.Length > 0)
        {
            record.TryMarkPresent(target.Field);
            record.Set(target.Field, Value(isClear ? "" : text, target, path, mapping, names));
        }
    }

    private RecordInput RecordOf(RecordInput contact, ref SortedList<int, RecordInput>? locations, ColumnTarget target)
    {
        if (target.Location < 0)
        {
            return contact;
        }

        locations ??= new SortedList<int, RecordInput>(1);
        if (!locations.TryGetValue(target.Location, out var location))
        {
            locations[target.Location] = location = new RecordInput(names.Contact.Child!, $"{ContactFields.Locations}[{target.Location}].", contact.Budget) { IsPartial = true };
        }

        return location;
    }

    // Columns of a location that this row has none for; a bare "false" names none either.
    private static List<RecordInput>? Named(SortedList<int, RecordInput>? locations)
    {
        List<RecordInput>? named = null;
        foreach (var location in locations?.Values ?? [])
        {
            if (IsNamed(location))
            {
                (named ??= new(locations!.Count)).Add(location);
            }
        }

        return named;
    }

    private static bool IsNamed(RecordInput location)
    {
        for (var field = 0; field < location.Shape.Fields.Count; field++)
        {
            if (location.IsPresent(field) && (field != IsPreferred || location[field] is not false || location.IsPresent(LocationRef)))
            {
                return true;
            }
        }

        return false;
    }
}
