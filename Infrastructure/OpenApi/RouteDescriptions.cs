using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>What a route reads by itself and the framework therefore cannot see: the record in the body.</summary>
internal sealed record TakesRecord(RecordShape Shape, JsonNode? Example);

/// <summary>A query parameter that a route reads by itself.</summary>
internal sealed record TakesQuery(string Name, string Description, int? Minimum, int? Default)
{
    public OpenApiParameter Describe() => new()
    {
        Name = Name,
        In = ParameterLocation.Query,
        Description = Description,
        Schema = Minimum is null
            ? new OpenApiSchema { Type = JsonSchemaType.String }
            : new OpenApiSchema { Type = JsonSchemaType.Integer, Minimum = $"{Minimum}", Default = Default },
    };
}

internal static class RouteDescriptions
{
    public static RouteHandlerBuilder TakesRecord(this RouteHandlerBuilder builder, RecordShape shape, string? example = null) =>
        builder.WithMetadata(new TakesRecord(shape, example is null ? null : JsonNode.Parse(example)));

    public static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder builder, string name, string description) =>
        builder.WithMetadata(new TakesQuery(name, description, null, null));

    public static RouteHandlerBuilder TakesPage(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(
            new TakesQuery("position", "Index of the first entry, from 0", 0, 0),
            new TakesQuery("size", $"Most entries of the page; more than {Page.MaxSize} is taken as {Page.MaxSize}", 1, Page.DefaultSize));
}
