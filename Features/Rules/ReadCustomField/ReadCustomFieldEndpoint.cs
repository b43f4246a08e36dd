using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadCustomField;

/// <summary><c>GET /api/v1/admin/custom-fields/{name}</c>: the definition of a field that was added.</summary>
internal static class ReadCustomFieldEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ReadCustomField")
        .WithSummary("Read the definition of a custom field")
        .WithDescription("ETag is the version of the definition; If-None-Match with it returns 304. A field of contacts needs no contact. before its name. A retired field is read like any other.")
        .AnswersVersion()
        .TakesSelection(CustomFieldFields.Listed)
        .DescribesRecord<CustomFieldDefinition>(CustomFieldFields.Definition)
        .Produces<SuccessBody<CustomFieldDefinition>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string name, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var selection = Selection.Read(http.Request.Query, CustomFieldFields.Listed);
        return precondition.Refusal ?? selection.Refusal ?? (await mediator.Send(new ReadCustomFieldQuery(tenant, name), cancellationToken)).ToResult(definition =>
            precondition.Value.Answer(http, RecordHistory.ETagOf(definition.Version), () =>
                Selection.ToResult(selection.Value, definition, ReadCustomFieldJson.Default.SuccessBodyCustomFieldDefinition, ReadCustomFieldJson.Default.CustomFieldDefinition)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<CustomFieldDefinition>))]
internal sealed partial class ReadCustomFieldJson : JsonSerializerContext;
