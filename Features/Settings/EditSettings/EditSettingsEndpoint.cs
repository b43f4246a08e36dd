using CrmImport.Features.Settings.ReadSettings;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Settings.EditSettings;

/// <summary><c>PATCH /api/v1/admin/settings</c>: decide for the database.</summary>
internal static class EditSettingsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("PatchSettings")
        .WithSummary("Change the database's settings")
        .WithDescription("A JSON object is a merge patch (RFC 7396), an array a JSON Patch (RFC 6902) on the settings as GET returns them. Changes take effect immediately, for every caller of the database.")
        .TakesPatch(SettingsFields.Settings, "requireVersion", "true")
        .TakesWriteConditions()
        .AnswersWrite<SettingsRecord>();

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadPatchAsync(http, SettingsFields.Settings, [], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditSettingsCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }
}
