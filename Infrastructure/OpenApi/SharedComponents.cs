using System.Globalization;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The document's components: what several operations have in common is described once.</summary>
internal static class SharedComponents
{
    public static IOpenApiSchema Share(this OpenApiDocument document, string name, OpenApiSchema schema)
    {
        document.AddComponent(name, schema); // leaves the one of that name, which was made from the same shape
        return new OpenApiSchemaReference(name, document);
    }

    /// <summary>A part of a type's schema that becomes a component with it: the framework finds the name by this key, and refers to it.</summary>
    public static OpenApiSchema Named(string name, OpenApiSchema schema)
    {
        schema.Metadata = new Dictionary<string, object> { ["x-schema-id"] = name };
        return schema;
    }

    /// <summary>Makes components of the parameters and headers that more than one operation has.</summary>
    public static void ShareParametersAndHeaders(this OpenApiDocument document)
    {
        var operations = document.Paths.Values.SelectMany(path => path.Operations!.Values).ToArray();
        var parameters = Uses(operations.SelectMany(operation => (operation.Parameters ?? []).Select(parameter => (Name: parameter.Name!, operation.Tags!.First().Name, Part: parameter))));
        foreach (var operation in operations.Where(operation => operation.Parameters is not null))
        {
            operation.Parameters =
            [
                .. operation.Parameters!.Select(parameter =>
                {
                    if (!parameters.TryGetValue(Text(parameter), out var id))
                    {
                        return parameter;
                    }

                    document.AddComponent(id, parameter);
                    return new OpenApiParameterReference(id, document);
                }),
            ];
        }

        var answers = operations.SelectMany(operation => operation.Responses!.Values.OfType<OpenApiResponse>().Where(answer => answer.Headers is not null).Select(answer => (Operation: operation, Answer: answer))).ToArray();
        var headers = Uses(answers.SelectMany(answer => answer.Answer.Headers!.Select(header => (Name: header.Key, answer.Operation.Tags!.First().Name, Part: header.Value))));
        foreach (var (_, answer) in answers)
        {
            foreach (var (name, header) in answer.Headers!.ToArray())
            {
                if (headers.TryGetValue(Text(header), out var id))
                {
                    document.AddComponent(id, header);
                    answer.Headers![name] = new OpenApiHeaderReference(id, document);
                }
            }
        }
    }

    /// <summary>The parts that stand more than once, as text, each with its component's name: the part's own, after its area's where a name means several things.</summary>
    private static Dictionary<string, string> Uses<T>(IEnumerable<(string Name, string? Area, T Part)> parts)
        where T : IOpenApiSerializable
    {
        var different = parts.GroupBy(part => Text(part.Part)).Select(same => (Text: same.Key, same.First().Name, same.First().Area, Count: same.Count())).ToArray();
        var ambiguous = different.CountBy(part => part.Name).Where(count => count.Value > 1).Select(count => count.Key).ToHashSet();
        return different.Where(part => part.Count > 1).ToDictionary(part => part.Text, part => (ambiguous.Contains(part.Name) ? part.Area : "") + Pascal(part.Name));
    }

    private static string Text(IOpenApiSerializable part)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        part.SerializeAsV31(new OpenApiJsonWriter(text));
        return text.ToString();
    }

    private static string Pascal(string name) => string.Concat(name.Split('-', '_', '$').Where(word => word.Length > 0).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
}
