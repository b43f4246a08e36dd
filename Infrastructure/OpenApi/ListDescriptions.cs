using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Records.Lists;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>Describes the parameters a list takes.</summary>
internal static class ListDescriptions
{
    public static RouteHandlerBuilder TakesList(this RouteHandlerBuilder builder, ListShape shape, string filterExample)
    {
        var compared = shape.Fields.Where(field => field.Kind != ListKind.SelectOnly).ToArray();
        builder.TakesPage()
            .TakesOrder($"Comma-separated fields to order by, each optionally followed by asc or desc. Texts are ordered by code point, case-insensitive; ties are broken by {Names(shape.Keys)}", Example($"{shape.Searched[0].Name} desc,{shape.Keys[^1].Name}"))
            .TakesFlag("desc", "Whether fields without asc or desc are ordered descending")
            .TakesQuery(ListRequest.FilterParameter,
                "Which items: comparisons (field eq ne gt ge lt le contains begins ends value, field in (value, value), field isNull, field isNotNull, contains(field,value), startswith(field,value), endswith(field,value)), not, and, or, parentheses. "
                + "Texts are in single quotes (double a quote inside) and compared case-insensitively, except refs; null only with eq and ne. "
                + $"Texts: {Names(compared.Where(field => field.Kind == ListKind.Text))}. Refs: {Names(compared.Where(field => field.Kind == ListKind.Ref))}. "
                + $"Whole numbers: {Names(compared.Where(field => field.Kind == ListKind.Integer))}. Times, as 2026-01-31 or 2026-01-31T09:30:00Z: {Names(compared.Where(field => field.Kind == ListKind.Timestamp))}"
                + (shape.OfChildren.Count == 0 ? "" : $". Of any of an item's children: {Names(shape.OfChildren)}"),
                Example(filterExample))
            .TakesQuery(ListRequest.SearchParameter, $"Which items: those where {Names(shape.Searched)} begins with this text, case-insensitive");
        if (shape.IsFollowed)
        {
            builder.TakesQuery(ChangeCursor.Parameter, "Only what was changed since: a time to begin with, then next of each answer. Each record once, as it is now, archived or not, in the order of the changes; without total and position. hasMore: there is more at once");
        }

        if (shape.Live is not null)
        {
            builder.TakesArchived();
        }

        return builder.TakesFlag(ListRequest.CountParameter, "The list has its total always; taken for clients that ask for it").TakesSelection(shape);
    }

    /// <summary>The list is exported too, as lines of JSON and as CSV, by <c>Accept</c>. Not of lists that generated clients read much: in TypeScript each answer is then one of three types.</summary>
    public static RouteHandlerBuilder Exports<T>(this RouteHandlerBuilder builder) => builder.AddOpenApiOperationTransformer((operation, context, _) =>
    {
        if (operation.Responses?["200"].Content is { } content)
        {
            content[ExportFormat.LinesType] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(SchemaNames.Of(typeof(T)), context.Document) };
            content[ExportFormat.CsvType] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        return Task.CompletedTask;
    });

    public static RouteHandlerBuilder TakesArchived(this RouteHandlerBuilder builder) =>
        builder.TakesQuery(ArchivedParameter.Name, "Which records: true only archived ones, all those too, false (default) only live ones. Of a route that reads one record: true or all reads it though it is archived", "true", "false", "all");

    public static RouteHandlerBuilder TakesSelection(this RouteHandlerBuilder builder, ListShape shape) =>
        builder.WithMetadata(new SelectsOf(shape)).TakesQuery(Selection.Parameter, $"Only these properties, in this order: any of {Names(shape.Fields.Where(field => shape.FindSelected(field.Name) is not null))}", Example($"{shape.Keys[^1].Name},{shape.Searched[0].Name}"));

    private static RouteHandlerBuilder TakesOrder(this RouteHandlerBuilder builder, string description, JsonNode example) =>
        builder.WithMetadata(new TakesParameter(ParameterLocation.Query, "orderBy", description, new OpenApiSchema { Type = JsonSchemaType.String, Examples = [example] }) { Synonyms = ["$orderBy"] });

    private static RouteHandlerBuilder TakesQuery(this RouteHandlerBuilder builder, string name, string description, JsonNode example) =>
        builder.WithMetadata(new TakesParameter(ParameterLocation.Query, name, description, new OpenApiSchema { Type = JsonSchemaType.String, Examples = [example] }));

    private static JsonValue Example(string text) => JsonValue.Create(text);

    private static string Names(IEnumerable<ListField> fields) => string.Join(", ", fields.Select(field => field.Name));
}
