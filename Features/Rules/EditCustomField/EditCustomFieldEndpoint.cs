using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.EditCustomField;

/// <summary><c>PUT</c> and <c>PATCH /api/v1/admin/custom-fields/{name}</c>: a field of a database's own (source: Neoserra, custom fields).</summary>
internal static class EditCustomFieldEndpoint
{
    public static void DescribePut(RouteHandlerBuilder route) => route
        .WithName("ReplaceCustomField")
        .WithSummary("Add a field to contacts, clients or locations, or replace its definition")
        .WithDescription(
            """
            The very next request on any replica takes and shows the field, as a property of the record: writes of every kind, imports, reads, $select, $filter, orderBy, exports, the audit, the schema and the OpenAPI document.
            A kind of record has at most 200. The type and the list cannot be changed, and a field is never dropped: retired takes it out of use and keeps its values.
            """)
        .TakesRecord(CustomFieldFields.Definition, hasKeys: false)
        .TakesSelection(CustomFieldFields.Listed)
        .TakesWriteConditions()
        .AnswersWrite<CustomFieldDefinition>(mayCreate: true);

    public static void DescribePatch(RouteHandlerBuilder route) => route
        .WithName("PatchCustomField")
        .WithSummary("Change the definition of a custom field")
        .WithDescription("A JSON object is a merge patch (RFC 7396), an array a JSON Patch (RFC 6902) on the definition as GET returns it; so {\"retired\":true} retires the field, and false brings it back with its values.")
        .TakesPatch(CustomFieldFields.Definition, "label", "Colour")
        .TakesSelection(CustomFieldFields.Listed)
        .TakesWriteConditions()
        .AnswersWrite<CustomFieldDefinition>();

    public static async Task<IResult> ReplaceAsync(HttpContext http, Tenant tenant, Caller caller, string name, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadReplaceAsync(http, CustomFieldFields.Definition, [CustomFieldName.Whole(name)], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditCustomFieldCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> PatchAsync(HttpContext http, Tenant tenant, Caller caller, string name, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadPatchAsync(http, CustomFieldFields.Definition, [CustomFieldName.Whole(name)], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditCustomFieldCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }
}
