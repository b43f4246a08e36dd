using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Records.Fields;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>JSON schemas of records, from their shapes. What is sent is described by its plain types, for generators to make plain types of: that text is accepted too, the description says.</summary>
internal static class RecordSchemas
{
    private const string Lenient = "Numbers, booleans and dates may also be sent as text, as in \"1\", \"True\" and \"09/07/2019\".";

    private enum Use
    {
        Sent,
        Patch,
        Stored,
    }

    /// <summary>A record as callers send it; without the demand for its keys where the URL has them.</summary>
    public static IOpenApiSchema Sent(OpenApiDocument document, RecordShape shape, bool hasKeys)
    {
        var schema = Describe(document, shape, Use.Sent);
        if (hasKeys || !shape.Fields.Any(field => field.Key && !field.ReadOnly))
        {
            return document.Share($"{shape.Name}Input", schema);
        }

        schema.Required!.ExceptWith(shape.Fields.Where(field => field.Key).Select(field => field.Name));
        return document.Share($"{shape.Name}Replacement", schema);
    }

    /// <summary>The changes to a record: nothing is required, nothing has a default, and all may be null, or generated clients would send what their callers never set.</summary>
    public static IOpenApiSchema Patch(OpenApiDocument document, RecordShape shape)
    {
        var schema = Describe(document, shape, Use.Patch);
        schema.Required = null;
        return document.Share($"{shape.Name}Patch", schema);
    }

    /// <summary>A record as answers have it: native types, every field there, and its history.</summary>
    public static void FillStored(OpenApiDocument document, OpenApiSchema schema, RecordShape shape)
    {
        var described = Describe(document, shape, Use.Stored);
        (schema.Type, schema.Properties, schema.Required) = (described.Type, described.Properties!, described.Required!);
        schema.Properties["version"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Description = "Counts the changes, from 1" };
        foreach (var (when, who) in new[] { ("createdAt", "createdBy"), ("updatedAt", "updatedBy") })
        {
            schema.Properties[when] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" };
            if (shape.History.Contains(who))
            {
                schema.Properties[who] = new OpenApiSchema { Type = JsonSchemaType.String };
            }
        }

        if (shape.AlsoReturned.Contains(RecordHistory.ArchivedAtName))
        {
            schema.Properties[RecordHistory.ArchivedAtName] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time", Description = "Only of an archived record: since when" };
        }

        schema.Required.UnionWith(shape.History);
        schema.Examples = [RecordExamples.Stored(shape)];
    }

    /// <summary>The answer to a write: the record, or what a dry run would make of it.</summary>
    public static IOpenApiSchema Written(OpenApiDocument document, AnswersWrite answer, IOpenApiSchema record) => document.Share(SchemaNames.OfWrite(answer), new OpenApiSchema
    {
        Type = JsonSchemaType.Object,
        Required = answer.OnlyIfPreferred ? new HashSet<string> { "result", "result_msg" } : new HashSet<string> { "result", "result_msg", "data" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["result"] = new OpenApiSchema { Type = JsonSchemaType.String, Examples = ["success"] },
            ["result_msg"] = new OpenApiSchema { Type = JsonSchemaType.String, Examples = [""] },
            ["outcome"] = document.Share("Outcome", new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["created", "updated", "unchanged"], Description = "What a dry run would do; absent otherwise" }),
            ["changes"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "Only in a dry run: each field that would change, as [before, after]" },
            ["data"] = record,
            ["problems"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchemaReference(nameof(Answers.Problem), document),
                Description = "Warnings, if there are any: what of the body was ignored",
            },
        },
    });

    private static OpenApiSchema Describe(OpenApiDocument document, RecordShape shape, Use use)
    {
        var fields = shape.Fields.Where(field => use == Use.Stored ? !field.Secret : !field.ReadOnly).ToArray();
        var schema = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = use == Use.Stored ? null : Lenient,
            Properties = fields.ToDictionary(field => field.Name, field => (IOpenApiSchema)Describe(field, use)),
            Required = fields.Where(field => field.Mandatory || use == Use.Stored).Select(field => field.Name).ToHashSet(StringComparer.Ordinal),
        };
        foreach (var group in shape.Groups)
        {
            Group(document, shape, schema, group, [.. fields.Where(field => field.Group == group)], use);
        }

        if (shape.ChildrenName is { } children)
        {
            var child = shape.Child!;
            schema.Properties[children] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array | (use == Use.Stored ? 0 : JsonSchemaType.Null),
                MaxItems = shape.MaxChildren,
                Items = document.Share(use == Use.Stored ? child.Name : $"{child.Name}Input", Describe(document, child, use == Use.Stored ? Use.Stored : Use.Sent)),
            };
            if (use == Use.Stored)
            {
                schema.Required.Add(children);
            }
        }

        return schema;
    }

    // The fields of a group become members of one object, which is null where none of them has a value.
    private static void Group(OpenApiDocument document, RecordShape shape, OpenApiSchema schema, string group, Field[] fields, Use use)
    {
        var required = fields.Where(field => schema.Required!.Remove(field.Name)).Select(field => field.MemberName).ToHashSet(StringComparer.Ordinal);
        var members = new Dictionary<string, IOpenApiSchema>();
        foreach (var field in fields)
        {
            schema.Properties!.Remove(field.Name, out var member);
            members.Add(field.MemberName, member!);
        }

        if (members.Count > 0)
        {
            schema.Properties![group] = document.Share(
                $"{shape.Name}{group}{use switch { Use.Stored => "", Use.Sent => "Input", _ => "Patch" }}",
                new OpenApiSchema { Type = JsonSchemaType.Object | JsonSchemaType.Null, Properties = members, Required = use == Use.Patch ? null : required });
            if (use == Use.Stored)
            {
                schema.Required!.Add(group);
            }
        }
    }

    private static OpenApiSchema Describe(Field field, Use use)
    {
        if (field.Kind == FieldKind.TextList)
        {
            return DescribeList(field, use);
        }

        return new OpenApiSchema
        {
            Type = TypeOf(field.Kind) | (use != Use.Patch && (field.Mandatory || field.Default is not null) ? 0 : JsonSchemaType.Null),
            Enum = field.Allowed.Count > 0 ? [.. field.Allowed.Select(value => JsonValue.Create(value))] : null,
            Default = use == Use.Sent && field.Default is { } value ? RecordExamples.ToJson(value) : null,
            WriteOnly = field.Secret,
            MaxLength = field.MaxLength > 0 ? field.MaxLength : null,
            MinLength = (field.Key || field.NotBlank) && field.Kind == FieldKind.Text ? 1 : null,
            Minimum = field.Minimum > int.MinValue ? $"{field.Minimum}" : null,
            Maximum = field.Maximum < int.MaxValue ? $"{field.Maximum}" : null,
            Format = field.Kind switch
            {
                FieldKind.Integer => "int32",
                FieldKind.Long => "int64",
                FieldKind.Timestamp => "date-time",
                FieldKind.Date => "date",
                _ => null,
            },
            Description = field.List is { } list ? $"{field.Description}; an id of the list {list}" : field.Description,
        };
    }

    private static JsonSchemaType TypeOf(FieldKind kind) => kind switch
    {
        FieldKind.Integer or FieldKind.Long => JsonSchemaType.Integer,
        FieldKind.Decimal => JsonSchemaType.Number,
        FieldKind.Boolean => JsonSchemaType.Boolean,
        _ => JsonSchemaType.String,
    };

    // Not an enum of the items: C# generators have no way to write a list of them.
    private static OpenApiSchema DescribeList(Field field, Use use) => new()
    {
        Type = JsonSchemaType.Array | (use == Use.Patch ? JsonSchemaType.Null : 0),
        MaxItems = field.MaxItems,
        Items = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = field.MaxLength > 0 ? field.MaxLength : null },
        Description = field.Allowed.Count == 0 ? field.Description : $"{field.Description}; any of {string.Join(", ", field.Allowed)}",
    };
}
