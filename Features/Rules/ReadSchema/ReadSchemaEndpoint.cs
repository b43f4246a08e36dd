using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadSchema;

/// <summary><c>GET /api/v1/schema/{record}</c>: what a kind of record looks like in the caller's database, with an example that it accepts; as CSV, a file to fill in.</summary>
internal static class ReadSchemaEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ReadSchema")
        .WithSummary("Read the schema of a kind of record")
        .WithDescription($"contact, client or location: its fields with the database's own requirements, and an example that is accepted as it is. With Accept: {ExportFormat.CsvType} a CSV with the columns and the example, to be filled in. ETag changes with the requirements.")
        .AnswersVersion()
        .Produces<SuccessBody<RecordSchema>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string record, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        return precondition.Refusal ?? (await mediator.Send(new ReadSchemaQuery(tenant, record), cancellationToken)).ToResult(schema =>
        {
            var body = ReadableJson.ToBytes(new SuccessBody<RecordSchema>(schema), ReadSchemaJson.Default.SuccessBodyRecordSchema);
            var isTemplate = ExportFormat.Of(http.Request) is { IsCsv: true };
            return precondition.Value.Answer(http, $"\"{Convert.ToHexStringLower(SHA256.HashData(body)[..8])}{(isTemplate ? "-csv" : "")}\"", () =>
                isTemplate
                    ? TypedResults.File(Encoding.UTF8.GetBytes(Template(schema)), $"{ExportFormat.CsvType}; charset=utf-8; header=present", $"{schema.RecordType}.csv")
                    : TypedResults.Bytes(body, "application/json; charset=utf-8"));
        });
    }

    // A value that would have to stand behind an apostrophe, which an import would take for its own, is left to be filled in. Of a contact's locations, the columns of the first one, as an import reads them.
    private static string Template(RecordSchema schema)
    {
        var location = schema.Example["locations"]?[0]?.AsObject();
        (string Name, JsonNode? Value)[] cells =
        [
            .. schema.Fields.Where(field => !field.ReadOnly).Select(field => (field.Name, schema.Example[field.Name])),
            .. (schema.Locations ?? []).Where(field => !field.ReadOnly).Select(field => (field.Name, location?[field.Name])),
        ];
        return CsvCells.Line(cells.Select(cell => cell.Name)) + CsvCells.Line(cells.Select(cell => $"{cell.Value}" is var text && CsvCells.IsSafe(text) ? text : ""));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<RecordSchema>))]
internal sealed partial class ReadSchemaJson : JsonSerializerContext;
