using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Records.Patches;

/// <summary>Reads what a patch made of a record: keys and history must be as they were, and nothing may be there that the record does not have.</summary>
internal static class PatchedRecord
{
    /// <summary>The record after the patch, to be written as a whole; <paramref name="readOnly"/> names what else cannot be changed.</summary>
    public static Answer<RecordInput> Read(JsonObject before, JsonObject after, RecordShape shape, params string[] readOnly)
    {
        var keys = shape.Fields.Where(field => field.Key).Select(field => field.Name);
        var changed = keys.Concat(readOnly).Concat(shape.History).Where(name => !JsonNode.DeepEquals(before[name], after[name])).ToArray();
        if (changed.Length > 0)
        {
            return Refusal.Of([.. changed.Select(name => Problem.Severe(ApiErrors.FieldReadOnly, name, $"{name} cannot be changed"))]);
        }

        foreach (var name in readOnly.Concat(shape.History))
        {
            after.Remove(name);
        }

        // What a patch takes away is null, not absent as in a record that is made anew.
        foreach (var field in shape.Fields.Where(field => field.DefaultIfAbsent is not null))
        {
            after.TryAdd(field.Name, null);
        }

        // What the reader takes back as read was not read here: an operation put it there.
        var added = shape.AlsoReturned.Where(after.ContainsKey).Select(name => Problem.Severe(ApiErrors.UnknownField, name, $"{name} is not a known field"));
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(after.ToJsonString()));
        reader.Read();
        var record = RecordReader.Read(ref reader, shape);
        var unknown = record.AllProblems().Where(problem => problem.Error == ApiErrors.UnknownField).Select(problem => problem with { Level = Problem.SevereLevel, Message = $"{problem.Field} is not a known field" });
        Problem[] problems = [.. added, .. unknown];
        return problems.Length > 0 ? Refusal.Of(problems) : record;
    }
}
