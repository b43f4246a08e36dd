using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>Between the objects that clients send, <c>{"Task":{"TaskListItemId":2}}</c>, and the fields of a shape with groups, <c>{"Task.TaskListItemId":2}</c>.</summary>
internal static class GroupedFields
{
    /// <summary>The members of groups by their fields' names. A group that is null has no value in any field that can be set.</summary>
    public static Answer<JsonObject> Flatten(JsonObject record, RecordShape shape)
    {
        var (flat, problems) = (new JsonObject(), new List<Problem>());
        foreach (var (name, value) in record)
        {
            if (!shape.Groups.Contains(name))
            {
                if (shape.Fields.Any(field => field.Group is not null && field.Name == name))
                {
                    problems.Add(Problem.Severe(ApiErrors.UnknownField, name, $"{name} is not a known field; send {{\"{name.Replace(".", "\":{\"", StringComparison.Ordinal)}\":…}}}}"));
                }

                flat[name] = value?.DeepClone();
            }
            else if (value is JsonObject members)
            {
                foreach (var (member, of) in members)
                {
                    flat[$"{name}.{member}"] = of?.DeepClone();
                }
            }
            else if (value is null)
            {
                foreach (var field in shape.Fields.Where(field => field.Group == name && !field.ReadOnly))
                {
                    flat[field.Name] = null;
                }
            }
            else
            {
                problems.Add(Problem.Severe(ApiErrors.FieldWrongType, name, $"{name} must be an object"));
            }
        }

        return problems.Count > 0 ? Refusal.Of(problems) : flat;
    }

    /// <summary>The other way round: a group all of whose members are null is null.</summary>
    public static JsonObject Nest(JsonObject flat, RecordShape shape)
    {
        if (shape.Groups.Count == 0)
        {
            return flat;
        }

        var record = new JsonObject();
        foreach (var (name, value) in flat)
        {
            if (shape.Fields.FirstOrDefault(field => field.Name == name && field.Group is not null) is not { Group: { } group } member)
            {
                record[name] = value?.DeepClone();
            }
            else if (value is not null)
            {
                if (record[group] is not JsonObject members)
                {
                    record[group] = members = [];
                }

                members[member.MemberName] = value.DeepClone();
            }
            else
            {
                record.TryAdd(group, null);
            }
        }

        return record;
    }
}
