using System.Reflection;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c>, described from the routes and the field catalogue, and the page at <c>/docs</c> that shows it.</summary>
internal static class ApiDocument
{
    public const string DocumentName = "v1";
    public const string DocumentPath = $"/openapi/{DocumentName}.json";
    private const string BearerScheme = "bearer";
    private const string OneserveScheme = "oneserve";
    private const string BasicScheme = "basic";
    private const string KeyScheme = "accessKey";
    private const string TicketScheme = "soTicket";
    private const string AppTokenScheme = "soAppToken";

    public static void AddApiDocument(this WebApplicationBuilder builder)
    {
        // The document describes answers by these options; left at the web's defaults, it says of every number that it may come as text.
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        builder.Services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer((document, _, _) => Task.FromResult(Introduce(document)));
            options.AddOperationTransformer(DescribeAsync);
            options.AddSchemaTransformer((schema, context, _) =>
            {
                Complete(schema, context);
                return Task.CompletedTask;
            });
        });
    }

    public static void UseApiPage(this WebApplication app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "docs";
        page.DocumentTitle = "CrmImport API";
        page.SwaggerEndpoint(DocumentPath, "CrmImport");
        page.DefaultModelsExpandDepth(-1);
        page.DocExpansion(DocExpansion.List);
    });

    /// <summary>Describes a type that is written as a record of that shape, which the framework cannot see; the slices register theirs.</summary>
    /// <param name="isItem">Whether arrays refer to it by its name, instead of describing it again.</param>
    public static void AddRecordSchema<T>(this IServiceCollection services, RecordShape shape, bool isItem = false, Action<OpenApiSchema>? complete = null) =>
        services.AddSingleton(new RecordSchema(typeof(T), shape, isItem, complete));

    // What the framework cannot see: how a record is written, and that a property left out where it is null cannot be counted on.
    private static void Complete(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var records = context.ApplicationServices.GetServices<RecordSchema>();
        if (records.FirstOrDefault(record => record.Type == context.JsonTypeInfo.Type) is { } described)
        {
            RecordSchemas.FillStored(schema, described.Shape);
            described.Complete?.Invoke(schema);
        }
        else if (records.FirstOrDefault(record => record.IsItem && record.Type == context.JsonTypeInfo.ElementType) is { } item)
        {
            schema.Items = new OpenApiSchemaReference(item.Type.Name, context.Document);
        }

        foreach (var property in context.JsonTypeInfo.Properties.Where(property => property.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) == true))
        {
            schema.Required?.Remove(property.Name);
        }
    }

    private static OpenApiDocument Introduce(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "CrmImport",
            Version = DocumentName,
            Description = "Creates and updates CRM contacts, exactly once, validated and audited. Every failure has the same body: see [/docs/errors](/docs/errors). What the routes share is in [/docs/api](/docs/api).",
        };
        document.Servers = [new OpenApiServer { Url = "/" }]; // where the document came from, not what a Host header said
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [BearerScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "The access token from a login, or an access key" },
            [OneserveScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "OS_REST_AUTH_TOKEN", Description = "The same token or key under Oneserve's name" },
            [BasicScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic", Description = "The op_id and password of an api account" },
            [KeyScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-Access-Key", Description = "An access key of a service account's endpoint" },
            [TicketScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "Authorization", Description = "SOTicket and the id of an access key, together with SO-AppToken" },
            [AppTokenScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "SO-AppToken", Description = "The secret of the access key that SOTicket names" },
        };
        return document;
    }

    private static OpenApiSecurityRequirement Demand(OpenApiDocument? document, params string[] together)
    {
        var requirement = new OpenApiSecurityRequirement();
        foreach (var scheme in together)
        {
            requirement[new OpenApiSecuritySchemeReference(scheme, document)] = [];
        }

        return requirement;
    }

    private static void DescribeAnswer(OpenApiResponses responses, AnswersRecord record)
    {
        foreach (var (status, what) in new[] { ("200", "OK"), ("201", "Created") }.Take(record.MayCreate ? 2 : 1))
        {
            responses[status] = new OpenApiResponse
            {
                Description = what,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = RecordSchemas.Answered(record) } },
            };
        }
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<TakesRecord>().FirstOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = RecordSchemas.Sent(body.Shape, body.HasKeys), Example = body.Example } },
            };
        }

        if (metadata.OfType<TakesPatch>().FirstOrDefault() is { } patch)
        {
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = PatchSchemas.Describe(patch) };
        }

        foreach (var parameter in metadata.OfType<TakesParameter>())
        {
            (operation.Parameters ??= []).Add(parameter.Describe());
        }

        var access = metadata.OfType<RouteAccess>().LastOrDefault();
        (operation.Parameters ??= []).Add(new OpenApiParameter
        {
            Name = "x-database",
            In = ParameterLocation.Header,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = "^cv_[a-z0-9_]{1,59}$" },
            Description = "The database; required at login if several are served, otherwise the credential's own",
        });
        if (access is { IsOpen: false })
        {
            operation.Security =
            [
                Demand(context.Document, BearerScheme), Demand(context.Document, OneserveScheme), Demand(context.Document, BasicScheme),
                Demand(context.Document, KeyScheme), Demand(context.Document, TicketScheme, AppTokenScheme),
            ];
        }

        var name = metadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName
            ?? metadata.OfType<MethodInfo>().FirstOrDefault()?.DeclaringType?.Name.Replace("Endpoint", "", StringComparison.Ordinal);
        operation.OperationId = name;
        operation.Responses ??= [];
        foreach (var record in metadata.OfType<AnswersRecord>())
        {
            DescribeAnswer(operation.Responses, record);
        }

        if (metadata.OfType<TakesDryRun>().Any())
        {
            RecordSchemas.AddDryRun(operation.Responses);
        }

        if (HttpMethods.IsGet(context.Description.HttpMethod ?? "") && metadata.OfType<TakesParameter>().Any(parameter => parameter.Name == "If-None-Match"))
        {
            operation.Responses["304"] = new OpenApiResponse { Description = "The stored version has not changed" };
        }

        foreach (var answer in operation.Responses.Where(response => response.Key[0] == '2').Select(response => response.Value).OfType<OpenApiResponse>())
        {
            answer.Headers = metadata.OfType<AnswersHeader>().ToDictionary(
                header => header.Name,
                header => (IOpenApiHeader)new OpenApiHeader { Description = header.Description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }

        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Refused or failed: the failure envelope, with all problems of the request",
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new() { Schema = await context.GetOrCreateSchemaAsync(typeof(FailureBody), null, cancellationToken) },
            },
        };
    }
}

/// <summary>A type whose schema is a record's, and what else is to be said of it.</summary>
internal sealed record RecordSchema(Type Type, RecordShape Shape, bool IsItem, Action<OpenApiSchema>? Complete);
