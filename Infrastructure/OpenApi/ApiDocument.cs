using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Telemetry;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The OpenAPI 3.1 document at <c>/openapi/v1.json</c>, described from the routes and the field catalogue, and the page at <c>/docs</c> that shows it.</summary>
internal static class ApiDocument
{
    public const string DocumentName = "v1";
    public const string DocumentPath = $"/openapi/{DocumentName}.json";

    private const string Introduction =
        """
        Creates and updates CRM contacts, exactly once, validated and audited.

        To try it on this page: run **Log in** (`POST /api/v1/auth/login`), copy `access_token` from its response, press **Authorize**, paste it under `bearer`.

        Every failure has the same body: see [/docs/errors](/docs/errors). What the routes share is in [/docs/api](/docs/api).
        """;

    /// <summary>The areas of the API, in the order of the page.</summary>
    private static readonly (string Name, string Description)[] Areas =
    [
        ("Sessions", "Log in, stay logged in, log out, and who is calling"),
        ("Contacts", "The contacts of clients: one write path, whichever route they come in by"),
        ("Clients", "To whom contacts and locations belong"),
        ("Locations", "The locations of clients, which contacts are linked to"),
        ("Parties", "The contacts as InTouch's directory: without an envelope, each with a number"),
        ("Appointments", "What is planned with clients and contacts, as SuperOffice's records: without an envelope, each with a number"),
        ("Audit", "Who changed what, and which calls were refused"),
        ("Accounts", "Who may call, and with which permissions"),
        ("Endpoints", "What service accounts call through, from which addresses and with which keys"),
        ("Imports", "Contacts from files: sent, carried out in the background, with what became of each row"),
        ("Rules", "What a database requires of fields beyond the catalogue, and what its records look like"),
        ("Lists", "The lists that contacts and locations choose from"),
        ("Settings", "What an administrator decides for a database, and what the database is"),
        ("Health", "Probes and measurements"),
    ];

    public static void AddApiDocument(this WebApplicationBuilder builder)
    {
        // The document describes answers by these options; left at the web's defaults, it says of every number that it may come as text.
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict);
        builder.Services.AddSingleton<LoginExample>();
        builder.Services.AddSingleton<GeneralDocument>();
        builder.Services.AddOpenApi(DocumentName, options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.CreateSchemaReferenceId = SchemaNames.Of;
            options.AddOperationTransformer(OperationDescriptions.DescribeAsync);
            options.AddSchemaTransformer((schema, context, _) =>
            {
                Complete(schema, context);
                return Task.CompletedTask;
            });
            options.AddDocumentTransformer(CompleteAsync);
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

    // What the framework cannot see: the items of an array that a converter writes, and that a property left out where it is null cannot be counted on.
    private static void Complete(OpenApiSchema schema, OpenApiSchemaTransformerContext context)
    {
        var type = context.JsonTypeInfo;
        if (SchemaNames.IsWrittenByConverter(type.ElementType))
        {
            schema.Items = SharedComponents.Named(SchemaNames.Of(type.ElementType!), new OpenApiSchema()); // filled once all is there
        }

        if (type.Type.IsAssignableTo(typeof(SuccessBody)))
        {
            schema.Properties!["result"] = new OpenApiSchema { Type = JsonSchemaType.String, Examples = ["success"] };
            schema.Properties["result_msg"] = new OpenApiSchema { Type = JsonSchemaType.String, Examples = [""] };
            (schema.Required ??= new HashSet<string>()).UnionWith(["result", "result_msg"]);
        }

        foreach (var property in type.Properties.Where(property => property.AttributeProvider?.IsDefined(typeof(JsonIgnoreAttribute), inherit: true) == true))
        {
            schema.Required?.Remove(property.Name);
        }
    }

    private static async Task CompleteAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo { Title = "CrmImport", Version = BuildInfo.Version, Description = Introduction };
        document.Servers = [new OpenApiServer { Url = "/" }]; // where the document came from, not what a Host header said
        document.Tags = new HashSet<OpenApiTag>(Areas.Select(area => new OpenApiTag { Name = area.Name, Description = area.Description }));
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = CredentialDescriptions.Schemes();
        await FailureResponse.AddAsync(document, context, cancellationToken);

        document.Paths = InOrder(document.Paths);

        var routes = context.DescriptionGroups.SelectMany(group => group.Items).ToArray();
        foreach (var record in routes.SelectMany(route => route.ActionDescriptor.EndpointMetadata.OfType<DescribesRecord>()))
        {
            var schema = (OpenApiSchema)document.Components.Schemas![SchemaNames.Of(record.Record)];
            RecordSchemas.FillStored(document, schema, record.Shape);
            record.Complete?.Invoke(schema);
        }

        foreach (var route in routes)
        {
            var example = route.ActionDescriptor.EndpointMetadata.OfType<AnswersExample>().FirstOrDefault();
            document.Paths[$"/{route.RelativePath}"].Operations![new HttpMethod(route.HttpMethod!)].AddExamples(example);
        }

        document.ShareParametersAndHeaders();
    }

    private static OpenApiPaths InOrder(OpenApiPaths paths)
    {
        var ordered = new OpenApiPaths();
        foreach (var (path, item) in paths.OrderBy(path => Array.FindIndex(Areas, area => area.Name == path.Value.Operations!.Values.First().Tags!.First().Name)))
        {
            ordered.Add(path, item);
        }

        return ordered;
    }
}

/// <summary>The database that the page's login is filled in with: null where there is no demo data to log in to.</summary>
internal sealed class LoginExample
{
    public string? Database { get; set; }
}
