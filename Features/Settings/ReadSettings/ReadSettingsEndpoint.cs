using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Settings.ReadSettings;

/// <summary><c>GET /api/v1/admin/settings</c>: what an administrator decided for the database.</summary>
internal static class ReadSettingsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read the database's settings")
        .WithDescription("ETag is the settings' version; If-None-Match with it returns 304.")
        .AnswersVersion()
        .DescribesRecord<SettingsRecord>(SettingsFields.Settings)
        .Produces<SuccessBody<SettingsRecord>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        return precondition.Refusal ?? (await mediator.Send(new ReadSettingsQuery(tenant), cancellationToken)).ToResult(settings =>
            precondition.Value.Answer(http, RecordHistory.ETagOf(settings.Version), () =>
                ReadableJson.ToResult(new SuccessBody<SettingsRecord>(settings), ReadSettingsJson.Default.SuccessBodySettingsRecord)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<SettingsRecord>))]
internal sealed partial class ReadSettingsJson : JsonSerializerContext;
