using Carter;
using CrmImport.Features.Rules.EditCustomField;
using CrmImport.Features.Rules.EditRequirement;
using CrmImport.Features.Rules.ListCustomFields;
using CrmImport.Features.Rules.ListRequirements;
using CrmImport.Features.Rules.ListViolations;
using CrmImport.Features.Rules.ReadCustomField;
using CrmImport.Features.Rules.ReadDocument;
using CrmImport.Features.Rules.ReadRequirement;
using CrmImport.Features.Rules.ReadSchema;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Rules;

/// <summary>What a database requires of fields beyond the catalogue, and what its records look like by that (source: Neoserra, Field Requirements; Collect!, table schemas).</summary>
public sealed class RulesModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var rules = app.MapGroup("/api/v1").WithTags("Rules").OnRecord(RecordTypes.FieldRequirement).WithPath("field", "The field, such as notes, client.name or location.postCode").WithPath("record", "contact, client or location");
        rules.MapGet("/schema/{record}", ReadSchemaEndpoint.HandleAsync).Needs().DescribedBy(ReadSchemaEndpoint.Describe);

        var administration = rules.MapGroup("/admin").Needs(Permissions.IntegrationManage);
        administration.MapGet("/field-requirements", ListRequirementsEndpoint.HandleAsync).DescribedBy(ListRequirementsEndpoint.Describe);
        administration.MapGet("/field-requirements/{field}", ReadRequirementEndpoint.HandleAsync).DescribedBy(ReadRequirementEndpoint.Describe);
        administration.MapPut("/field-requirements/{field}", EditRequirementEndpoint.ReplaceAsync).DescribedBy(EditRequirementEndpoint.DescribePut);
        administration.MapPatch("/field-requirements/{field}", EditRequirementEndpoint.PatchAsync).DescribedBy(EditRequirementEndpoint.DescribePatch);
        administration.MapGet("/field-requirements/{field}/violations", ListViolationsEndpoint.HandleAsync).DescribedBy(ListViolationsEndpoint.Describe);

        var fields = app.MapGroup("/api/v1/admin").WithTags("Rules").Needs(Permissions.IntegrationManage).OnRecord(RecordTypes.CustomField).WithPath("name", "The field, such as colour of contacts, client.vatNumber or location.heating");
        fields.MapGet("/custom-fields", ListCustomFieldsEndpoint.HandleAsync).DescribedBy(ListCustomFieldsEndpoint.Describe);
        fields.MapGet("/custom-fields/{name}", ReadCustomFieldEndpoint.HandleAsync).DescribedBy(ReadCustomFieldEndpoint.Describe);
        fields.MapPut("/custom-fields/{name}", EditCustomFieldEndpoint.ReplaceAsync).DescribedBy(EditCustomFieldEndpoint.DescribePut);
        fields.MapPatch("/custom-fields/{name}", EditCustomFieldEndpoint.PatchAsync).DescribedBy(EditCustomFieldEndpoint.DescribePatch);

        app.MapGet("/openapi/{database}.json", ReadDocumentEndpoint.HandleAsync).Needs().OnRecord(RecordTypes.FieldRequirement).ExcludeFromDescription();
    }
}
