using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Locations.ReadLocation;

/// <summary><c>GET /api/v1/clients/{clientRef}/locations/{locationRef}</c>: one location of a client.</summary>
internal static class ReadLocationEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read a location")
        .WithDescription("ETag is the location's version; If-None-Match with it returns 304.")
        .TakesSelection(LocationList.Shape)
        .TakesArchived()
        .AnswersVersion()
        .DescribesRecord<Location>(LocationFields.Location)
        .Produces<SuccessBody<Location>>();

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, string clientRef, string locationRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        var selection = Selection.Read(http.Request.Query, LocationList.Shape.In(rules));
        var archived = ArchivedParameter.Read(http.Request.Query);
        return precondition.Refusal ?? selection.Refusal ?? archived.Refusal
            ?? (await mediator.Send(new ReadLocationQuery(tenant, rules, clientRef, locationRef, archived.Value), cancellationToken)).ToResult(location =>
                precondition.Value.Answer(http, RecordHistory.ETagOf(location.Version, rules.Of(LocationFields.Location).CustomMark + location.PreferredContactRef), () =>
                    Selection.ToResult(selection.Value, location, ReadLocationJson.Default.SuccessBodyLocation, ReadLocationJson.Default.Location)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Location>))]
internal sealed partial class ReadLocationJson : JsonSerializerContext;
