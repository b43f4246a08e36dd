using System.Text.Json.Nodes;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Rules;

/// <summary>The example of a record as a database accepts it: the catalogue's, with other values where its rules ask for them.</summary>
internal static class RuleExample
{
    public static JsonObject Of(RecordShape shape, bool hasKeys)
    {
        var example = RecordExamples.Sent(shape, hasKeys);
        foreach (var field in shape.Fields.Where(field => !field.ReadOnly && !field.Key))
        {
            if (field.IsHidden)
            {
                example.Remove(field.Name);
            }
            else if (!example.ContainsKey(field.Name) ? field is { Mandatory: true, DefaultIfAbsent: null } : Breaks(field, ValueOf(field, example[field.Name])))
            {
                var fitting = Candidates(field, example[field.Name]).FirstOrDefault(value => !Breaks(field, value));
                if (fitting is null && !field.Mandatory)
                {
                    example.Remove(field.Name);
                }
                else
                {
                    example[field.Name] = RecordExamples.ToJson(fitting ?? Candidates(field, example[field.Name]).Last());
                }
            }
        }

        return example;
    }

    private static bool Breaks(Field field, object? value) => value is not null ? RecordRules.FaultOf(field, value) is not null : field.Mandatory;

    private static object? ValueOf(Field field, JsonNode? value) => value is null ? null : LenientValue.Read($"{value}", field, field.Name);

    // A pattern cannot be turned into a text that matches it: where no default and no allowed value does, the example of a mandatory field is not accepted.
    private static IEnumerable<object?> Candidates(Field field, JsonNode? value)
    {
        if (field.DefaultIfAbsent is { } given)
        {
            yield return given;
        }

        foreach (var allowed in field.Allowed)
        {
            yield return LenientValue.Read(allowed, field, field.Name);
        }

        var text = $"{value}" is { Length: > 0 } known ? known : "text";
        yield return field.Kind switch
        {
            FieldKind.Text => text[..Math.Min(text.Length, field.MaxLength)],
            FieldKind.Boolean => true,
            FieldKind.Date => new DateOnly(2026, 1, 31),
            FieldKind.Decimal => 1.5m,
            _ => 1,
        };
    }
}
