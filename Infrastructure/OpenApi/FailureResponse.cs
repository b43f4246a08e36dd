using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The one response to whatever fails, and the statuses by which a route can fail.</summary>
internal static class FailureResponse
{
    private const string Name = "Failure";

    public static async Task AddAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        var codes = document.Share("ErrorCode", Enum(ApiErrors.All.Select(error => error.Code), "The stable cause of a failure or a warning; /docs/errors explains each"));
        var problem = await context.GetOrCreateSchemaAsync(typeof(Problem), null, cancellationToken);
        problem.Properties!["code"] = codes;
        problem.Required!.Add("code");
        problem.Properties["level"] = document.Share("ProblemLevel", Enum([Problem.SevereLevel, Problem.WarningLevel, Problem.InfoLevel], "SEVERE refuses the request, WARNING and INFO do not"));

        var failure = await context.GetOrCreateSchemaAsync(typeof(FailureBody), null, cancellationToken);
        failure.Properties!["result"] = new OpenApiSchema { Type = JsonSchemaType.String, Examples = ["fail"] };
        failure.Properties["code"] = codes;
        failure.Properties["problems"] = new OpenApiSchema { Type = JsonSchemaType.Array, Items = document.Share(nameof(Problem), problem) };
        failure.Required!.UnionWith(["result", "ok"]);
        var schema = document.Share(SchemaNames.Of(typeof(FailureBody)), failure);
        document.AddComponent(Name, new OpenApiResponse
        {
            Description = "Refused or failed: the failure envelope, with all problems of the request. See [the error table](/docs/errors)",
            Headers = new Dictionary<string, IOpenApiHeader>
            {
                ["Retry-After"] = new OpenApiHeader { Description = "Of 429, 503 and 409 `idempotency_key_in_use`: seconds to wait", Schema = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" } },
            },
            Content = new Dictionary<string, OpenApiMediaType>
            {
                ["application/json"] = new()
                {
                    Schema = schema,
                    Example = JsonNode.Parse(Envelope.Write(
                        Refusal.Of(ApiErrors.FieldTooLong, "surname", "surname is longer than 80 characters"), "4bf92f3577b34da6a3ce929d0e0e4736")),
                },
            },
        });
    }

    /// <summary>The response, for one status or for all that are not named.</summary>
    public static OpenApiResponseReference Refer(OpenApiDocument document, int? status = null) => new(Name, document)
    {
        Description = status is { } code ? $"{ReasonPhrases.GetReasonPhrase(code)}: see [its codes](/docs/errors#{AnchorOf(code)})" : null,
    };

    /// <summary>The statuses that follow from what the route asks for and takes, and those it names itself.</summary>
    public static IEnumerable<int> StatusesOf(ApiDescription route)
    {
        var metadata = route.ActionDescriptor.EndpointMetadata;
        var needsCaller = metadata.OfType<RouteAccess>().LastOrDefault() is { IsOpen: false };
        var hasBody = metadata.Any(item => item is TakesRecord or TakesPatch);
        var hasConditions = metadata.OfType<TakesConditions>().Any();
        var isEdit = hasConditions && !HttpMethods.IsPost(route.HttpMethod ?? "");
        var makesWhatIsMissing = HttpMethods.IsPut(route.HttpMethod ?? "") && metadata.OfType<AnswersWrite>().Any(answer => answer.MayCreate);
        (bool Applies, int[] Statuses)[] causes =
        [
            (needsCaller, [400, 401, 403, 429]),
            (route.RelativePath?.Contains('{', StringComparison.Ordinal) == true && !makesWhatIsMissing, [404]),
            (hasBody, [400, 408, 413, 415]),
            (hasConditions, [409, 412, 422]),
            (isEdit, [428]),
            (OperationDescriptions.TakesNoneMatch(metadata), [412]),
        ];
        return causes.Where(cause => cause.Applies).SelectMany(cause => cause.Statuses).Concat(metadata.OfType<IProducesResponseTypeMetadata>().Select(named => named.StatusCode).Where(status => status >= 400)).Distinct().Order();
    }

    private static string AnchorOf(int status) => $"{status}-{ReasonPhrases.GetReasonPhrase(status).ToLowerInvariant().Replace(' ', '-')}";

    private static OpenApiSchema Enum(IEnumerable<string> values, string description) =>
        new() { Type = JsonSchemaType.String, Enum = [.. values.Select(value => JsonValue.Create(value))], Description = description };
}
