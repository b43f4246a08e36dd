using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>What a database demands of one field beyond the catalogue, as it is stored.</summary>
internal sealed record FieldRequirement(
    string Field, bool Mandatory, bool NonEmpty, int? MaxLength, string? Pattern, string[] Allowed, string? DefaultValue, string? Label, string? Description, bool Hidden)
{
    /// <summary>The field as the catalogue and this requirement together have it; itself, where nothing is demanded any more.</summary>
    /// <exception cref="ArgumentException">The pattern is none, or one that would have to backtrack or to remember too much.</exception>
    public Field Tighten(Field field) => With(field) is var tightened && tightened == field ? field : tightened;

    private Field With(Field field) => field with
    {
        Mandatory = field.Mandatory || Mandatory,
        NotBlank = field.NotBlank || NonEmpty,
        MaxLength = MaxLength is { } most && most < field.MaxLength ? most : field.MaxLength,
        Pattern = Pattern is null ? null : FieldRules.Compile(Pattern),
        Allowed = Allowed.Length > 0 ? Allowed : field.Allowed,
        DefaultIfAbsent = DefaultValue is null || LenientValue.Read(DefaultValue, field, field.Name) is Problem ? null : LenientValue.Read(DefaultValue, field, field.Name),
        Label = Label,
        Description = Description ?? field.Description,
        IsHidden = Hidden,
    };
}

/// <summary>A database's rules for the fields of its records, compiled: the catalogue's shapes, tightened. Whoever reads a record takes the shape once, and judges it by that to the end.</summary>
internal sealed class FieldRules
{
    /// <summary>Longer ones are no rules any more.</summary>
    public const int MaxPattern = 200;

    /// <summary>Longest that a text may take to be matched: a pattern with many repetitions has many places to be in at a time.</summary>
    private static readonly TimeSpan MaxMatching = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<string, FieldRequirement> requirements;
    private readonly ILookup<string, Field> added;
    private readonly ConcurrentDictionary<RecordShape, RecordShape> tightened = new(ReferenceEqualityComparer.Instance);

    /// <param name="requirements">What is demanded of the catalogue's fields.</param>
    /// <param name="added">The fields that administrators added and did not retire, in the order in which records have them.</param>
    public FieldRules(IEnumerable<FieldRequirement> requirements, IEnumerable<CustomField> added)
    {
        this.requirements = requirements.ToDictionary(requirement => requirement.Field, StringComparer.Ordinal);
        this.added = added.ToLookup(field => field.Record, field => field.ToField());
    }

    /// <summary>The catalogue's fields, as they are.</summary>
    public static FieldRules None { get; } = new([], []);

    /// <summary>The shape as this database has it; the same one where there are no rules.</summary>
    public RecordShape Of(RecordShape shape) => requirements.Count == 0 && added.Count == 0 ? shape : tightened.GetOrAdd(shape, Tighten);

    /// <summary>The name by which a requirement names a field, such as <c>contact.notes</c>.</summary>
    public static string NameOf(RecordShape shape, Field field) => $"{shape.Name.ToLowerInvariant()}.{field.Name}";

    /// <summary>The pattern as it is matched: in time that grows with the text and no faster.</summary>
    /// <exception cref="ArgumentException">It is no pattern, or one that cannot be matched so.</exception>
    public static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MaxMatching);
        }
        catch (NotSupportedException exception)
        {
            throw new ArgumentException(exception.Message, exception);
        }
    }

    private RecordShape Tighten(RecordShape shape)
    {
        Field[] fields = [.. shape.Fields.Select(field => requirements.TryGetValue(NameOf(shape, field), out var requirement) ? requirement.Tighten(field) : field), .. added[shape.Name.ToLowerInvariant()]];
        var child = shape.Child is { } known ? TightenChild(known) : null;
        return fields.SequenceEqual(shape.Fields, ReferenceEqualityComparer.Instance) && ReferenceEquals(child, shape.Child) ? shape : shape.Tighten(fields, child);
    }

    // What a contact changes of a location by the way may be no other than the location itself may have; null leaves it alone.
    private RecordShape TightenChild(RecordShape child)
    {
        Field[] fields = [.. child.Fields.Select(field => field.List is not null && requirements.TryGetValue($"location.{field.Name}", out var requirement) && requirement.Allowed.Length > 0 ? field with { Allowed = requirement.Allowed } : field)];
        return fields.SequenceEqual(child.Fields, ReferenceEqualityComparer.Instance) ? child : child with { Fields = fields };
    }
}
