using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>Prints what a command answers, and returns its exit code: the result on standard output, which has nothing else; what went wrong on standard error.</summary>
/// <param name="Terminal">Where to.</param>
/// <param name="AsJson">Whether a program reads it.</param>
internal sealed record CommandPrinter(Terminal Terminal, bool AsJson)
{
    // Texts go out as they are: JSON in UTF-8, never a page.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public int Print(CommandOutput output)
    {
        Terminal.Out.WriteLine(AsJson ? output.Json.ToJsonString(Plain) : output.Text);
        return CommandLine.Done;
    }

    /// <summary>The envelope that the same refusal has over HTTP, or its words alone.</summary>
    public int PrintRefusal(Refusal refusal)
    {
        Terminal.Error.WriteLine(AsJson
            ? JsonSerializer.Serialize(new FailureBody(refusal.Message, refusal.Detail, refusal.Error.Status, refusal.Error.Code, "", refusal.Problems), EnvelopeJson.Written.FailureBody)
            : string.Join('\n', refusal.Problems.Select(problem => problem.Message)));
        return CommandLine.Refused;
    }

    /// <summary>A failure envelope as the service sent it, or its words alone.</summary>
    public int PrintFailure(JsonNode? body, string sentence)
    {
        if (AsJson && body is not null)
        {
            Terminal.Error.WriteLine(body.ToJsonString(Plain));
            return CommandLine.Refused;
        }

        return PrintFailure(sentence);
    }

    public int PrintFailure(string sentence)
    {
        PrintSentence(sentence);
        return CommandLine.Refused;
    }

    public int PrintWrongUsage(params IEnumerable<string> sentences)
    {
        PrintSentence(string.Join('\n', sentences.Distinct()));
        return CommandLine.WrongUsage;
    }

    private void PrintSentence(string sentence) =>
        Terminal.Error.WriteLine(AsJson ? new JsonObject { ["result"] = "fail", ["result_msg"] = sentence, ["ok"] = false }.ToJsonString(Plain) : sentence);
}
