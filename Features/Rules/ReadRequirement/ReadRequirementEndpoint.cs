using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadRequirement;

/// <summary><c>GET /api/v1/admin/field-requirements/{field}</c>: what a database demands of a field.</summary>
internal static class ReadRequirementEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ReadFieldRequirement")
        .WithSummary("Read what is required of a field")
        .WithDescription("ETag is the requirement's version, 0 as long as nobody has changed it; If-None-Match with it returns 304. A field of contacts needs no contact. before its name.")
        .AnswersVersion()
        .TakesSelection(RequirementFields.List)
        .DescribesRecord<Requirement>(RequirementFields.Requirement)
        .Produces<SuccessBody<Requirement>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string field, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var selection = Selection.Read(http.Request.Query, RequirementFields.List);
        return precondition.Refusal ?? selection.Refusal ?? (await mediator.Send(new ReadRequirementQuery(tenant, field), cancellationToken)).ToResult(requirement =>
            precondition.Value.Answer(http, RecordHistory.ETagOf(requirement.Version), () =>
                Selection.ToResult(selection.Value, requirement, ReadRequirementJson.Default.SuccessBodyRequirement, ReadRequirementJson.Default.Requirement)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Requirement>))]
internal sealed partial class ReadRequirementJson : JsonSerializerContext;
