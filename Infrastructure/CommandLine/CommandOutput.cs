using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>What a command answers: for a program (<c>--json</c>), and for a person. Standard output has nothing else; what went wrong is on standard error.</summary>
internal sealed record CommandOutput(JsonNode Json, string Text)
{
    private const string JsonOption = "--json";

    // Texts go out as they are: JSON in UTF-8, never a page.
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    public int Write(bool asJson)
    {
        Console.WriteLine(asJson ? Json.ToJsonString(Plain) : Text);
        return CommandLine.Done;
    }

    /// <summary>The envelope that the same refusal has over HTTP, or its words alone.</summary>
    public static int WriteRefusal(Refusal refusal, string traceId, bool asJson)
    {
        if (asJson)
        {
            var body = new FailureBody(refusal.Message, refusal.Detail, refusal.Error.Status, refusal.Error.Code, traceId, refusal.Problems);
            Console.Error.WriteLine(JsonSerializer.Serialize(body, EnvelopeJson.Written.FailureBody));
        }
        else
        {
            Console.Error.WriteLine(string.Join('\n', refusal.Problems.Select(problem => problem.Message)));
        }

        return CommandLine.Refused;
    }

    /// <summary>A failure envelope as the service sent it, or its words alone.</summary>
    public static int WriteFailure(JsonNode? body, string sentence, bool asJson)
    {
        if (asJson && body is not null)
        {
            Console.Error.WriteLine(body.ToJsonString(Plain));
            return CommandLine.Refused;
        }

        return WriteFailure(sentence, asJson);
    }

    public static int WriteFailure(string sentence, bool asJson)
    {
        WriteSentence(sentence, asJson);
        return CommandLine.Refused;
    }

    public static int WriteWrongUsage(IEnumerable<string> sentences, IReadOnlyCollection<string> args)
    {
        WriteSentence(string.Join('\n', sentences.Distinct()), args.Contains(JsonOption));
        return CommandLine.WrongUsage;
    }

    private static string Words(JsonNode? value) => value switch
    {
        null => "",
        JsonArray items => string.Join(' ', items.Select(Words)),
        _ => value.ToString(),
    };

    private static void WriteSentence(string sentence, bool asJson) =>
        Console.Error.WriteLine(asJson ? new JsonObject { ["result"] = "fail", ["result_msg"] = sentence, ["ok"] = false }.ToJsonString(Plain) : sentence);
}
