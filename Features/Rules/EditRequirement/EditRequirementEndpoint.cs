using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.EditRequirement;

/// <summary><c>PUT</c> and <c>PATCH /api/v1/admin/field-requirements/{field}</c>: what a database demands of a field (source: Neoserra, Field Requirements).</summary>
internal static class EditRequirementEndpoint
{
    public static void DescribePut(RouteHandlerBuilder route) => route
        .WithName("ReplaceFieldRequirement")
        .WithSummary("Replace what is required of a field")
        .WithDescription(
            """
            Requirements tighten the catalogue and never loosen it; {} takes them all back. The very next request on any replica is judged by them. What is stored already may break them: the answer then
            says how many records do (records_break_rule), and they can be listed. Of a key, and of a field that is only read, only label and description can be set.
            """)
        .TakesRecord(RequirementFields.Requirement, hasKeys: false)
        .TakesSelection(RequirementFields.List)
        .TakesWriteConditions()
        .AnswersWrite<Requirement>();

    public static void DescribePatch(RouteHandlerBuilder route) => route
        .WithName("PatchFieldRequirement")
        .WithSummary("Change what is required of a field")
        .WithDescription("A JSON object is a merge patch (RFC 7396), an array a JSON Patch (RFC 6902) on the requirement as GET returns it; so {\"mandatory\":true} makes a field mandatory, and false makes it optional again.")
        .TakesPatch(RequirementFields.Requirement, "mandatory", "true")
        .TakesSelection(RequirementFields.List)
        .TakesWriteConditions()
        .AnswersWrite<Requirement>();

    public static Task<IResult> ReplaceAsync(HttpContext http, Tenant tenant, Caller caller, string field, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(tenant, caller, field, keys => RecordEdit.ReadReplaceAsync(http, RequirementFields.Requirement, keys, cancellationToken), mediator, cancellationToken);

    public static Task<IResult> PatchAsync(HttpContext http, Tenant tenant, Caller caller, string field, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(tenant, caller, field, keys => RecordEdit.ReadPatchAsync(http, RequirementFields.Requirement, keys, cancellationToken), mediator, cancellationToken);

    private static async Task<IResult> SendAsync(Tenant tenant, Caller caller, string field, Func<string[], Task<Answer<RecordEdit>>> read, IMediator mediator, CancellationToken cancellationToken)
    {
        if (RuledField.Find(field) is not { } found)
        {
            return new Refusal(ApiErrors.FieldNotFound, $"No field {field} in the catalogue");
        }

        var edit = await read([found.Name]);
        return edit.Refusal ?? (await mediator.Send(new EditRequirementCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }
}
