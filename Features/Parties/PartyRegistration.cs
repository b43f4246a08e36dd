using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.OpenApi;
using Microsoft.OpenApi;

namespace CrmImport.Features.Parties;

internal static class PartyRegistration
{
    public static void AddParties(this WebApplicationBuilder builder) =>
        builder.Services.AddRecordSchema<Party>(ContactFields.Contact, complete: schema =>
            schema.Properties![Party.IdName] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Description = "The contact's number in the directory" });
}
