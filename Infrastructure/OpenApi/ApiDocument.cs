using System.Globalization;
using System.Text.Json.Nodes;
using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c>, described from the routes and the field catalogue, and the page at <c>/docs</c> that shows it.</summary>
internal static class ApiDocument
{
    private const string DocumentRoute = "/openapi/{documentName}.json";
    private const string DocumentPath = "/openapi/v1.json";
    private const string BearerScheme = "bearer";
    private const string OneserveScheme = "oneserve";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) =>
        services.AddOpenApi("v1", options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer((document, _, _) => Task.FromResult(Introduce(document)));
            options.AddOperationTransformer(DescribeAsync);
            options.AddSchemaTransformer((schema, context, _) =>
            {
                if (context.JsonTypeInfo.Type == typeof(Contact))
                {
                    RecordSchemas.FillStored(schema, ContactFields.Contact);
                }

                return Task.CompletedTask;
            });
        });

    public static void MapApiDocument(this WebApplication app)
    {
        app.MapOpenApi(DocumentRoute).Open();
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "CrmImport API";
            page.SwaggerEndpoint(DocumentPath, "CrmImport");
            page.DefaultModelsExpandDepth(-1);
            page.DocExpansion(DocExpansion.List);
        });
    }

    private static OpenApiDocument Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "CrmImport",
            Version = "v1",
            Description = "Creates and updates CRM contacts, exactly once, validated and audited. Every failure wears one envelope; its code is one of the README's error table.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [BearerScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "The access token of a log-in" },
            [OneserveScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "OS_REST_AUTH_TOKEN", Description = "The same token under Oneserve's name" },
        };
        return document;
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<TakesRecord>().FirstOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = RecordSchemas.Sent(body.Shape), Example = body.Example } },
            };
        }

        foreach (var parameter in metadata.OfType<TakesQuery>())
        {
            (operation.Parameters ??= []).Add(parameter.Describe());
        }

        var access = metadata.OfType<RouteAccess>().LastOrDefault();
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = "x-database",
            In = ParameterLocation.Header,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^cv_[a-z0-9_]{1,59}$" },
            Description = "The database; needed at log-in where several are served, else the credential's own",
        });
        if (access is { IsOpen: false })
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerScheme, context.Document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(OneserveScheme, context.Document)] = [] },
            ];
        }

        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Refused or failed: the envelope of every failure, with all problems of the request",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(FailureBody), null, cancellationToken) },
            },
        };
    }
}
