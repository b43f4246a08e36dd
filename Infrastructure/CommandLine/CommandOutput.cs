using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>What a command answers: for a program (<c>--json</c>), and for a person. Standard output has nothing else; what went wrong is on standard error.</summary>
internal sealed record CommandOutput(JsonNode Json, string Text)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>A record by its members, one a line.</summary>
    public static CommandOutput OfRecord<T>(T record)
    {
        var json = JsonSerializer.SerializeToNode(record, Web)!.AsObject();
        return new CommandOutput(json, string.Join('\n', json.Select(member => $"{member.Key}: {Words(member.Value)}")));
    }

    /// <summary>Records, one a line.</summary>
    public static CommandOutput OfList<T>(IReadOnlyList<T> records, Func<T, string> line) =>
        new(JsonSerializer.SerializeToNode(records, Web)!, string.Join('\n', records.Select(line)));

    /// <summary>The answer to a write: the record for a program, what became of it for a person.</summary>
    public static Answer<CommandOutput> OfWrite(string recordType, Answer<WriteAnswer> answer)
    {
        if (answer.Refusal is { } refusal)
        {
            return refusal;
        }

        var body = JsonNode.Parse(answer.Value.Body.Span)!;
        var record = body["data"]!.DeepClone().AsObject();
        var warnings = body["problems"]?.AsArray().Select(problem => $"\n{(string?)problem!["message"]}") ?? [];
        return new CommandOutput(record, $"{recordType} {Words(record.First().Value)} {answer.Value.Outcome.Text()}{string.Concat(warnings)}");
    }

    private static string Words(JsonNode? value) => value switch
    {
        null => "",
        JsonArray items => string.Join(' ', items.Select(Words)),
        _ => value.ToString(),
    };
}
