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
            else if (!example.ContainsKey(field.Name) ? field.Mandatory && field.DefaultIfAbsent is null : Breaks(field, example[field.Name]))
            {
                example[field.Name] = RecordExamples.ToJson(Fitting(field, example[field.Name]));
            }
        }

        return example;
    }

    private static bool Breaks(Field field, JsonNode? value) => ValueOf(field, value) is { } given ? RecordRules.FaultOf(field, given) is not null : field.Mandatory;

    private static object? ValueOf(Field field, JsonNode? value) => value is null ? null : LenientValue.Read($"{value}", field, field.Name);

    // A pattern cannot be turned into a text that matches it: its default or an allowed value can.
    private static object? Fitting(Field field, JsonNode? value) =>
        field.DefaultIfAbsent
        ?? (field.Allowed.Count > 0 ? LenientValue.Read(field.Allowed[0], field, field.Name) : null)
        ?? (field.Kind != FieldKind.Text ? 1 : $"{value}" is { Length: > 0 } text ? text[..Math.Min(text.Length, field.MaxLength)] : "text"[..Math.Min(4, field.MaxLength)]);
}
