using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>What a route reads by itself and the framework therefore cannot see: the record in the body. Its keys may be left out where the URL has them.</summary>
internal sealed record TakesRecord(RecordShape Shape, bool HasKeys, bool IsRequired);

/// <summary>The body is a form with these fields: name, description, and whether it must be there.</summary>
internal sealed record TakesForm(string Schema, IReadOnlyList<(string Name, string Description, bool IsRequired)> Fields);

/// <summary>The body is a change to a record of that shape, for example of that field.</summary>
internal sealed record TakesPatch(RecordShape Shape, string Field, string Example);

/// <summary>The route reads <c>x-database</c> to find the database; elsewhere the credential has it.</summary>
internal sealed record SelectsDatabase;

/// <summary>The route takes the conditions of a write.</summary>
internal sealed record TakesConditions;

/// <summary>Answers of that type are written as records of that shape.</summary>
internal sealed record DescribesRecord(Type Record, RecordShape Shape, Action<OpenApiSchema>? Complete);

/// <summary>A success carries the record under <c>data</c>, always or where it is preferred, or what a dry run would do.</summary>
internal sealed record AnswersWrite(Type Record, bool MayCreate, bool OnlyIfPreferred);

/// <summary>What a success may look like, where that does not follow from a record's example.</summary>
internal sealed record AnswersExample(string Json);

/// <summary>A write that is refused with a query parameter that it does not take, as every read is: mistyped, it would be carried out as nobody meant it.</summary>
internal sealed record RefusesUnknownParameters;

/// <summary>The answer's record can be narrowed by <c>$select</c> to properties of that shape.</summary>
internal sealed record SelectsOf(ListShape Shape);

/// <summary>A query parameter or header that a route reads by itself, and the other names that it is accepted under.</summary>
internal sealed record TakesParameter(ParameterLocation In, string Name, string Description, OpenApiSchema Schema)
{
    public IReadOnlyList<string> Synonyms { get; init; } = [];

    public OpenApiParameter Describe() => new()
    {
        Name = Name,
        In = In,
        Description = Synonyms.Count == 0 ? Description : $"{Description}. {string.Join(", ", Synonyms)}: the same under its SuperOffice name",
        Schema = Schema,
    };
}

/// <summary>What a part of the URL is.</summary>
internal sealed record PathDescription(string Name, string Description);

/// <summary>A header of the answer to a success.</summary>
internal sealed record AnswersHeader(string Name, string Description);

internal static class RouteDescriptions
{
    /// <summary>Adds what the slice says of its route: name, summary, body, parameters, answers.</summary>
    public static void DescribedBy(this RouteHandlerBuilder builder, Action<RouteHandlerBuilder> describe) => describe(builder);

    /// <summary>The record, with its keys, or without them where the URL has them.</summary>
    public static RouteHandlerBuilder TakesRecord(this RouteHandlerBuilder builder, RecordShape shape, bool hasKeys = true, bool isRequired = true) =>
        builder.WithMetadata(new TakesRecord(shape, hasKeys, isRequired));

    public static RouteHandlerBuilder TakesForm(this RouteHandlerBuilder builder, string schema, params (string Name, string Description, bool IsRequired)[] fields) => builder.WithMetadata(new TakesForm(schema, fields));

    /// <summary>A merge patch or a JSON Patch of a record.</summary>
    public static RouteHandlerBuilder TakesPatch(this RouteHandlerBuilder builder, RecordShape shape, string field, string example) =>
        builder.WithMetadata(new TakesPatch(shape, field, example));

    public static RouteHandlerBuilder SelectsDatabase(this RouteHandlerBuilder builder) => builder.WithMetadata(new SelectsDatabase());

    /// <summary>Says what the type cannot: the fields' rules and an example, from the shape.</summary>
    public static RouteHandlerBuilder DescribesRecord<T>(this RouteHandlerBuilder builder, RecordShape shape, Action<OpenApiSchema>? complete = null) =>
        builder.WithMetadata(new DescribesRecord(typeof(T), shape, complete));

    /// <summary>200 with the record under <c>data</c>; 201 too, where the route may create it.</summary>
    public static RouteHandlerBuilder AnswersWrite<T>(this RouteHandlerBuilder builder, bool mayCreate = false, bool onlyIfPreferred = false) =>
        builder.WithMetadata(new AnswersWrite(typeof(T), mayCreate, onlyIfPreferred));

    public static RouteHandlerBuilder AnswersExample(this RouteHandlerBuilder builder, string json) => builder.WithMetadata(new AnswersExample(json));

    /// <summary>A query parameter: any text, or one of the values.</summary>
    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder builder, string name, string description, params string[] values) =>
        builder.WithMetadata(new TakesParameter(ParameterLocation.Query, name, description, new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Enum = values.Length == 0 ? null : [.. values.Select(value => JsonValue.Create(value))],
        }));

    /// <summary>A query parameter that is true or false.</summary>
    public static RouteHandlerBuilder TakesFlag(this RouteHandlerBuilder builder, string name, string description) =>
        builder.WithMetadata(new TakesParameter(ParameterLocation.Query, name, description, new OpenApiSchema { Type = JsonSchemaType.Boolean }));

    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder builder, string name, string description) =>
        builder.WithMetadata(new TakesParameter(ParameterLocation.Header, name, description, new OpenApiSchema { Type = JsonSchemaType.String }));

    /// <summary>What that part of the URL is, for a route or a group.</summary>
    public static TBuilder WithPath<TBuilder>(this TBuilder builder, string name, string description)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new PathDescription(name, description));

    public static RouteHandlerBuilder AnswersHeader(this RouteHandlerBuilder builder, string name, string description) =>
        builder.WithMetadata(new AnswersHeader(name, description));

    /// <summary>A read of one version: its tag, and 304 to who has it.</summary>
    public static RouteHandlerBuilder AnswersVersion(this RouteHandlerBuilder builder) => builder.TakesNoneMatch().AnswersETag();

    /// <summary>The parameters and headers of every write, besides its record.</summary>
    public static RouteHandlerBuilder TakesWriteConditions(this RouteHandlerBuilder builder) =>
        builder
            .WithMetadata(new TakesConditions())
            .TakesDryRun()
            .TakesHeader("If-Match", "The version the record must have, as an entity tag, or `*` for any: else 412")
            .TakesNoneMatch()
            .TakesHeader("If-Unmodified-Since", "412 if the record was changed after that time; ignored if If-Match is present")
            .TakesKey()
            .AnswersOutcome()
            .AnswersHeader("X-Warnings", "What of the body was ignored: how many properties, and the first ten, such as 1 unknown_field sirname")
            .AnswersETag()
            .AnswersHeader("Location", "The record's URL");

    public static RouteHandlerBuilder TakesKey(this RouteHandlerBuilder builder) => builder
        .TakesHeader("Idempotency-Key", "Any text of up to 255 characters: the same request with the same key is executed once and gets the same response")
        .AnswersHeader("Idempotent-Replayed", "true if this is the stored response of an earlier request with the same key");

    public static RouteHandlerBuilder TakesPreference(this RouteHandlerBuilder builder) =>
        builder.TakesHeader("Prefer", "return=representation adds the stored record to the response");

    public static RouteHandlerBuilder TakesDryRun(this RouteHandlerBuilder builder) =>
        builder.TakesFlag("dryRun", "true reports what the request would do, with each field that would change before and after, and stores nothing");

    public static RouteHandlerBuilder AnswersOutcome(this RouteHandlerBuilder builder) => builder.AnswersHeader("X-Outcome", "created, updated or unchanged");

    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(
            Number("position", "$skip", "Index of the first entry, from 0", 0, 0),
            Number("size", "$top", $"Maximum number of entries in the page; values above {Page.MaxSize} are reduced to {Page.MaxSize}", 1, Page.DefaultSize));

    private static RouteHandlerBuilder TakesNoneMatch(this RouteHandlerBuilder builder) =>
        builder.TakesHeader("If-None-Match", "Of a read: the version you have, 304 if it is still the stored one. Of a write: `*` to create only, 412 if the record exists");

    private static RouteHandlerBuilder AnswersETag(this RouteHandlerBuilder builder) => builder.AnswersHeader("ETag", "The record's version");

    private static TakesParameter Number(string name, string synonym, string description, int least, int byDefault) =>
        new(ParameterLocation.Query, name, description, new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Minimum = $"{least}", Default = byDefault }) { Synonyms = [synonym] };
}
