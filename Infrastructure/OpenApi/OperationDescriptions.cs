using System.Net.Mime;
using System.Reflection;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Callers;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>One operation of the document, from what its route says of itself.</summary>
internal static class OperationDescriptions
{
    private const string Json = "application/json";

    public static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var (document, metadata) = (context.Document!, context.Description.ActionDescriptor.EndpointMetadata);
        operation.OperationId = metadata.OfType<IEndpointNameMetadata>().LastOrDefault()?.EndpointName
            ?? metadata.OfType<MethodInfo>().FirstOrDefault()?.DeclaringType?.Name.Replace("Endpoint", "", StringComparison.Ordinal);
        operation.Security = metadata.OfType<RouteAccess>().LastOrDefault() is { IsOpen: false } ? CredentialDescriptions.Any(document) : [];
        operation.RequestBody = Body(document, metadata) ?? operation.RequestBody;
        operation.Parameters = [.. Parameters(operation, metadata, context.ApplicationServices.GetRequiredService<LoginExample>())];
        operation.Responses ??= [];
        foreach (var answer in metadata.OfType<AnswersWrite>())
        {
            await DescribeWriteAsync(operation.Responses, answer, context, cancellationToken);
        }

        if (IsRead(context.Description) && TakesNoneMatch(metadata))
        {
            operation.Responses["304"] = new OpenApiResponse { Description = "The stored version has not changed" };
        }

        foreach (var answer in operation.Responses.Values.OfType<OpenApiResponse>().Where(answer => answer.Content?.Count > 0))
        {
            answer.Headers = metadata.OfType<AnswersHeader>().ToDictionary(
                header => header.Name,
                header => (IOpenApiHeader)new OpenApiHeader { Description = header.Description, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }

        foreach (var status in FailureResponse.StatusesOf(context.Description))
        {
            operation.Responses[$"{status}"] = FailureResponse.Refer(document, status);
        }

        operation.Responses["default"] = FailureResponse.Refer(document);
        operation.Responses = InOrder(operation.Responses);
    }

    /// <summary>Shows what a success looks like; only once the schemas are complete.</summary>
    public static void AddExamples(this OpenApiOperation operation, AnswersExample? example)
    {
        foreach (var answer in operation.Responses!.Values.OfType<OpenApiResponse>())
        {
            if (answer.Content?.TryGetValue(Json, out var body) == true && body.Schema is { } schema)
            {
                body.Example = example is null ? RecordExamples.Of(schema) : JsonNode.Parse(example.Json);
            }
        }
    }

    /// <summary>Whether the route answers a version, or takes one.</summary>
    public static bool TakesNoneMatch(IList<object> metadata) => metadata.OfType<TakesParameter>().Any(parameter => parameter.Name == "If-None-Match");

    public static bool IsRead(ApiDescription route) => HttpMethods.IsGet(route.HttpMethod ?? "");

    private static OpenApiResponses InOrder(OpenApiResponses responses)
    {
        var ordered = new OpenApiResponses();
        foreach (var (status, response) in responses.OrderBy(response => response.Key, StringComparer.Ordinal)) // default comes last
        {
            ordered.Add(status, response);
        }

        return ordered;
    }

    private static OpenApiRequestBody? Body(OpenApiDocument document, IList<object> metadata) =>
        metadata.OfType<TakesRecord>().FirstOrDefault() is { } record
            ? new OpenApiRequestBody
            {
                Required = record.IsRequired,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Json] = new() { Schema = RecordSchemas.Sent(document, record.Shape, record.HasKeys), Example = RecordExamples.Sent(record.Shape, record.HasKeys) },
                },
            }
            : metadata.OfType<TakesPatch>().FirstOrDefault() is { } patch
                ? new OpenApiRequestBody { Required = true, Content = PatchSchemas.Describe(document, patch) }
            : metadata.OfType<TakesForm>().FirstOrDefault() is { } form
                ? new OpenApiRequestBody { Required = true, Content = new Dictionary<string, OpenApiMediaType> { [MediaTypeNames.Application.FormUrlEncoded] = new() { Schema = document.Share(form.Schema, FormOf(form)) } } }
                : null;

    private static OpenApiSchema FormOf(TakesForm form) => new()
    {
        Type = JsonSchemaType.Object,
        Required = form.Fields.Where(field => field.IsRequired).Select(field => field.Name).ToHashSet(StringComparer.Ordinal),
        Properties = form.Fields.ToDictionary(field => field.Name, field => (IOpenApiSchema)new OpenApiSchema { Type = JsonSchemaType.String, Description = field.Description }),
    };

    private static IEnumerable<IOpenApiParameter> Parameters(OpenApiOperation operation, IList<object> metadata, LoginExample login)
    {
        foreach (var parameter in operation.Parameters ?? [])
        {
            if (parameter is OpenApiParameter { In: ParameterLocation.Path } path)
            {
                path.Description = metadata.OfType<PathDescription>().LastOrDefault(part => part.Name == path.Name)?.Description;
            }

            yield return parameter;
        }

        foreach (var parameter in metadata.OfType<TakesParameter>())
        {
            yield return parameter.Describe();
        }

        if (metadata.OfType<SelectsDatabase>().Any() || metadata.OfType<RouteAccess>().LastOrDefault() is { IsOpen: false })
        {
            yield return CredentialDescriptions.Database(login.Database);
        }
    }

    private static async Task DescribeWriteAsync(OpenApiResponses responses, AnswersWrite answer, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var (document, name) = (context.Document!, SchemaNames.Of(answer.Record));
        if (document.Components?.Schemas?.ContainsKey(name) != true)
        {
            document.AddComponent(name, await context.GetOrCreateSchemaAsync(answer.Record, null, cancellationToken));
        }

        var schema = RecordSchemas.Written(document, answer, new OpenApiSchemaReference(name, document));
        foreach (var (status, what) in answer.MayCreate ? [("200", "OK"), ("201", "Created")] : new[] { ("200", "OK") })
        {
            responses[status] = new OpenApiResponse { Description = what, Content = new Dictionary<string, OpenApiMediaType> { [Json] = new() { Schema = schema } } };
        }
    }
}
