using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>What a route reads by itself and the framework therefore cannot see: the record in the body.</summary>
internal sealed record TakesRecord(RecordShape Shape, JsonNode? Example, bool HasKeys);

/// <summary>The body is a change to a record of that shape.</summary>
internal sealed record TakesPatch(RecordShape Shape, string Field, string Example);

/// <summary>The route takes dryRun.</summary>
internal sealed record TakesDryRun;

/// <summary>A success carries the record of that shape under <c>data</c>, always or where it is preferred.</summary>
internal sealed record AnswersRecord(RecordShape Shape, bool MayCreate, bool OnlyIfPreferred);

/// <summary>A query parameter or header that a route reads by itself.</summary>
internal sealed record TakesParameter(ParameterLocation In, string Name, string Description, OpenApiSchema Schema)
{
    public OpenApiParameter Describe() => new() { Name = Name, In = In, Description = Description, Schema = Schema };
}

/// <summary>A header of the answer to a success.</summary>
internal sealed record AnswersHeader(string Name, string Description);

internal static class RouteDescriptions
{
    /// <summary>Adds what the slice says of its route: name, summary, body, parameters, answers.</summary>
    public static void DescribedBy(this RouteHandlerBuilder builder, Action<RouteHandlerBuilder> describe) => describe(builder);

    /// <summary>The record, with its keys, or without them where the address has them.</summary>
    public static RouteHandlerBuilder TakesRecord(this RouteHandlerBuilder builder, RecordShape shape, string? example = null, bool hasKeys = true)
    {
        var sent = example is null ? null : JsonNode.Parse(example);
        foreach (var key in hasKeys ? [] : shape.Fields.Where(field => field.Key))
        {
            (sent as JsonObject)?.Remove(key.Name);
        }

        return builder.WithMetadata(new TakesRecord(shape, sent, hasKeys));
    }

    /// <summary>A merge patch or a JSON Patch of a record.</summary>
    public static RouteHandlerBuilder TakesPatch(this RouteHandlerBuilder builder, RecordShape shape, string field, string example) =>
        builder.WithMetadata(new TakesPatch(shape, field, example));

    /// <summary>The record under <c>data</c>; 201 too, where the route may create it.</summary>
    public static RouteHandlerBuilder AnswersRecord(this RouteHandlerBuilder builder, RecordShape shape, bool mayCreate = false, bool onlyIfPreferred = false) =>
        builder.WithMetadata(new AnswersRecord(shape, mayCreate, onlyIfPreferred));

    /// <summary>A query parameter: any text, or one of the values.</summary>
    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder builder, string name, string description, params string[] values) =>
        builder.WithMetadata(new TakesParameter(ParameterLocation.Query, name, description, new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = values.Length == 0 ? null : [.. values.Select(value => JsonValue.Create(value))],
        }));

    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder builder, string name, string description) =>
        builder.WithMetadata(new TakesParameter(ParameterLocation.Header, name, description, new OpenApiSchema { Type = JsonSchemaType.String }));

    public static RouteHandlerBuilder AnswersHeader(this RouteHandlerBuilder builder, string name, string description) =>
        builder.WithMetadata(new AnswersHeader(name, description));

    /// <summary>The parameters and headers of every write, besides its record.</summary>
    public static RouteHandlerBuilder TakesWriteConditions(this RouteHandlerBuilder builder) =>
        builder
            .WithMetadata(new TakesDryRun())
            .TakesQuery("dryRun", "true reports what the write would do, with each field before and after, and stores nothing", "true", "false")
            .TakesHeader("If-Match", "The version the record must have, as an entity tag, or * for any: else 412")
            .TakesHeader("If-None-Match", "* creates only: 412 if the record exists")
            .TakesHeader("If-Unmodified-Since", "412 if the record was changed after that time; ignored if If-Match is present")
            .TakesHeader("Idempotency-Key", "Any text of up to 255 characters: the same request with the same key is executed once and gets the same response")
            .AnswersHeader("X-Outcome", "created, updated or unchanged")
            .AnswersHeader("X-Warnings", "What of the body was ignored: how many properties, and the first ten, such as 1 unknown_field sirname")
            .AnswersHeader("ETag", "The record's version")
            .AnswersHeader("Location", "The record's URL")
            .AnswersHeader("Idempotent-Replayed", "true if this is the stored response of an earlier request with the same key");

    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(
            Number("position", "Index of the first entry, from 0", 0, 0),
            Number("size", $"Maximum number of entries in the page; values above {Page.MaxSize} are reduced to {Page.MaxSize}", 1, Page.DefaultSize),
            Number("$skip", "The same as position", 0, 0),
            Number("$top", "The same as size", 1, Page.DefaultSize));

    private static TakesParameter Number(string name, string description, int least, int byDefault) =>
        new(ParameterLocation.Query, name, description, new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = $"{least}", Default = byDefault });
}
