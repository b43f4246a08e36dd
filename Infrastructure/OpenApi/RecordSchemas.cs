using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Records.Fields;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>JSON schemas of records, from their shapes.</summary>
internal static class RecordSchemas
{
    /// <summary>A record as callers send it; its keys may be left out where the address has them.</summary>
    public static OpenApiSchema Sent(RecordShape shape, bool hasKeys = true)
    {
        var schema = Describe(new OpenApiSchema(), shape, isStored: false);
        if (!hasKeys)
        {
            schema.Required!.ExceptWith(shape.Fields.Where(field => field.Key).Select(field => field.Name));
        }

        return schema;
    }

    /// <summary>What every write answers to a dry run: 200, beside or instead of its own success.</summary>
    public static void AddDryRun(OpenApiResponses responses)
    {
        var dryRun = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description = "With dryRun=true",
            Required = new HashSet<string> { "result", "result_msg", "outcome", "changes", "data" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["result"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["result_msg"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["outcome"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = ["created", "updated", "unchanged"] },
                ["changes"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "Each field that would change, as [before, after]" },
                ["data"] = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "The record as it would be" },
            },
        };
        var ok = responses.TryGetValue("200", out var there) && there is OpenApiResponse response ? response : new OpenApiResponse { Description = "A dry run" };
        var own = ok.Content?.Values.FirstOrDefault()?.Schema;
        ok.Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = own is null ? dryRun : new OpenApiSchema { AnyOf = [own, dryRun] } } };
        responses["200"] = ok;
    }

    /// <summary>A record as answers have it: native types, every field there, and its history.</summary>
    public static void FillStored(OpenApiSchema schema, RecordShape shape)
    {
        Describe(schema, shape, isStored: true);
        schema.Properties!["version"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Description = "Counts the changes, from 1" };
        foreach (var (when, who) in new[] { ("createdAt", "createdBy"), ("updatedAt", "updatedBy") })
        {
            schema.Properties[when] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "date-time" };
            schema.Properties[who] = new OpenApiSchema { Type = JsonSchemaType.String };
        }
    }

    /// <summary>The answer to an edit of a record.</summary>
    public static OpenApiSchema Answered(AnswersRecord answer)
    {
        var record = new OpenApiSchema();
        FillStored(record, answer.Shape);
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string>(answer.OnlyIfPreferred ? ["result", "result_msg"] : ["result", "result_msg", "data"], StringComparer.Ordinal),
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["result"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["result_msg"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["data"] = record,
            },
        };
    }

    private static OpenApiSchema Describe(OpenApiSchema schema, RecordShape shape, bool isStored)
    {
        schema.Type = JsonSchemaType.Object;
        var fields = shape.Fields.Where(field => isStored ? !field.Secret : !field.ReadOnly).ToArray();
        schema.Properties = fields.ToDictionary(field => field.Name, field => (IOpenApiSchema)Describe(field, isStored));
        schema.Required = fields.Where(field => field.Mandatory || isStored).Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        if (shape.ChildrenName is { } children)
        {
            schema.Properties[children] = new OpenApiSchema
            {
                Type = JsonSchemaType.Array | (isStored ? 0 : JsonSchemaType.Null),
                MaxItems = shape.MaxChildren,
                Items = Describe(new OpenApiSchema(), shape.Child!, isStored),
            };
        }

        return schema;
    }

    private static OpenApiSchema Describe(Field field, bool isStored)
    {
        if (field.Kind == FieldKind.TextList)
        {
            return DescribeList(field);
        }

        var type = field.Kind switch
        {
            FieldKind.Integer => JsonSchemaType.Integer,
            FieldKind.Boolean => JsonSchemaType.Boolean,
            _ => JsonSchemaType.String,
        };
        return new OpenApiSchema
        {
            // Sent, a number or a boolean may also be text, and a boolean 1 or 0.
            Type = type | (isStored ? 0 : JsonSchemaType.String) | (!isStored && field.Kind == FieldKind.Boolean ? JsonSchemaType.Integer : 0) | (field.Mandatory || field.Default is not null ? 0 : JsonSchemaType.Null),
            Enum = field.Allowed.Count > 0 ? [.. field.Allowed.Select(value => JsonValue.Create(value))] : null,
            Default = isStored ? null : JsonValue.Create(field.Default),
            WriteOnly = field.Secret,
            MaxLength = field.MaxLength > 0 ? field.MaxLength : null,
            MinLength = field.Key || field.NotBlank ? 1 : null,
            Minimum = field.Minimum > int.MinValue ? $"{field.Minimum}" : null,
            Maximum = field.Maximum < int.MaxValue ? $"{field.Maximum}" : null,
            Pattern = field.Kind == FieldKind.Date && !isStored ? @"^\s*(\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2})?\s*$" : null,
            Format = field.Kind == FieldKind.Timestamp ? "date-time" : field.Kind == FieldKind.Date && isStored ? "date" : null,
            Description = field.List is { } list ? $"{field.Description}; an id of the list {list}" : field.Description,
        };
    }

    private static OpenApiSchema DescribeList(Field field) => new()
    {
        Type = JsonSchemaType.Array,
        MaxItems = field.MaxItems,
        Items = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            MaxLength = field.MaxLength > 0 ? field.MaxLength : null,
            Enum = field.Allowed.Count > 0 ? [.. field.Allowed.Select(value => JsonValue.Create(value))] : null,
        },
        Description = field.Description,
    };
}
