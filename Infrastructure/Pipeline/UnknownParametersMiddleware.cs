using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// Refuses a read with a query parameter that its route does not take, where it takes any, or that begins with $: ignored, a filter that was written by another name would answer everything. Writes take
/// what they do not know, as the clients of the five documents may send it, unless their route says otherwise; only a mistyped <c>dryRun</c> is refused there, and a <c>$select</c>
/// that the answer cannot keep. What a write's <c>$select</c> names is read here, before anything is written, and applied to the answer.
/// </summary>
internal sealed class UnknownParametersMiddleware(RequestDelegate next)
{
    private const int MaxReported = 10;

    public async Task InvokeAsync(HttpContext http)
    {
        if (http.Request.Query.Count == 0 || http.GetEndpoint()?.Metadata is not { } metadata)
        {
            await next(http);
            return;
        }

        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        if (!isRead && http.Request.Query.ContainsKey(Selection.Parameter) && await ReadSelectionAsync(http, metadata.GetMetadata<SelectsOf>()) is { } fault)
        {
            await fault.ExecuteAsync(http);
            return;
        }

        await (isRead || metadata.GetMetadata<RefusesUnknownParameters>() is not null ? CheckAsync(http, metadata) : next(http));
    }

    private static async Task<Refusal?> ReadSelectionAsync(HttpContext http, SelectsOf? from)
    {
        if (from is null)
        {
            return Refusal.Of(ApiErrors.InvalidParameter, Selection.Parameter, $"{Selection.Parameter} is not supported here");
        }

        var shape = http.Features.Get<RequestAccess>()?.Tenant is { } tenant ? from.Shape.In(await tenant.Rules.ReadAsync(http.RequestAborted)) : from.Shape;
        var selection = Selection.Read(http.Request.Query, shape);
        http.Features.Set(selection.Refusal is null ? selection.Value : null);
        return selection.Refusal;
    }

    private Task CheckAsync(HttpContext http, EndpointMetadataCollection metadata)
    {
        var parameters = metadata.GetOrderedMetadata<TakesParameter>().Where(parameter => parameter.In == ParameterLocation.Query).ToArray();
        string[] known = [.. parameters.Select(parameter => parameter.Name), .. parameters.SelectMany(parameter => parameter.Synonyms)];
        Problem[] unknown =
        [
            .. http.Request.Query.Keys.Where(name => known.Length == 0 ? name.StartsWith('$') : !known.Contains(name, StringComparer.OrdinalIgnoreCase)).Take(MaxReported)
                .Select(name => Problem.Severe(ApiErrors.InvalidParameter, ProblemBudget.Shorten(name), $"Unknown parameter {ProblemBudget.Shorten(name)}; {Hint(name, known)}")),
        ];
        return unknown.Length > 0 ? Refusal.Of(unknown).ExecuteAsync(http) : next(http);
    }

    private static string Hint(string name, string[] known) =>
        known.FirstOrDefault(other => Simplified(other) == Simplified(name)) is { } meant ? $"did you mean {meant}?"
        : known.Contains(ListRequest.FilterParameter) && name.All(char.IsAsciiLetterOrDigit) ? $"to filter by a field, use {ListRequest.FilterParameter}={ProblemBudget.Shorten(name)} eq 'value'"
        : known.Length == 0 ? "this route takes none"
        : $"this route takes {string.Join(", ", known)}";

    private static string Simplified(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant() switch
    {
        "limit" or "pagesize" or "perpage" or "count" => "size",
        "offset" or "start" => "position",
        "sort" or "sortby" or "order" => "orderby",
        "fields" => "select",
        "q" or "query" => "search",
        var simple => simple,
    };
}
