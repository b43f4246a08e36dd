using System.Text.Json;

namespace CrmImport.Fuzz;

/// <summary>What must be true of every answer, whatever the request was.</summary>
internal sealed class AnswerCheck(IReadOnlySet<string> catalogue, bool allowBusy)
{
    private const string Json = "application/json; charset=utf-8";

    /// <summary>Busy, but well-behaved: these tell the client to come again.</summary>
    private static readonly string[] BusyCodes = ["busy", "queue_full", "database_unavailable"];

    public static bool IsBusy(RawAnswer answer, string? code) => answer.Status == 503 && BusyCodes.Contains(code) && answer.Header("Retry-After") is not null;

    /// <summary>The codes of the failure and of its problems, the failure's first; and what is wrong with the answer.</summary>
    public (IReadOnlyList<string> Codes, IReadOnlyList<string> Violations) Check(RawAnswer answer, bool isHead)
    {
        var violations = new List<string>();
        var codes = new List<string>();
        var body = isHead || answer.Body.Length == 0 ? null : ReadBody(answer, violations);
        var code = answer.Status >= 400 && body is { ValueKind: JsonValueKind.Object } failure ? Text(failure, "code") : null;
        codes.AddRange(code is null ? [] : [code]);
        codes.AddRange(body is { } value ? CheckProblems(value, violations) : []);
        Require(!answer.Headers.Any(header => header.Name.StartsWith("x-injected", StringComparison.OrdinalIgnoreCase)), "a header was injected");
        Require(answer.Status is (>= 200 and < 300) or 304 or (>= 400 and < 500) or 505 || (IsBusy(answer, code) && allowBusy) || (isHead && answer.Status == 503 && allowBusy), $"status {answer.Status} {code}");
        Require(answer.Status != 405 || answer.Header("Allow") is not null, "405 without Allow");
        Require(answer.Status is not (429 or 503) || int.TryParse(answer.Header("Retry-After"), out _), $"{answer.Status} without Retry-After");
        if (answer.Status >= 400)
        {
            Require(answer.Header("Content-Type") == Json, $"Content-Type {answer.Header("Content-Type")}");
            if (!isHead)
            {
                CheckFailure(answer, body, violations);
            }
        }

        return (codes, violations);

        void Require(bool isTrue, string violation)
        {
            if (!isTrue)
            {
                violations.Add(violation);
            }
        }
    }

    private void CheckFailure(RawAnswer answer, JsonElement? body, List<string> violations)
    {
        if (body is not { ValueKind: JsonValueKind.Object } failure)
        {
            violations.Add("a failure without a JSON object");
            return;
        }

        Require(Text(failure, "result") == "fail", "result is not fail");
        Require(!string.IsNullOrWhiteSpace(Text(failure, "result_msg")), "result_msg is empty");
        Require(failure.TryGetProperty("ok", out var ok) && ok.ValueKind == JsonValueKind.False, "ok is not false");
        Require(failure.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Number && status.GetInt32() == answer.Status, "status is not the status line's");
        Require(Text(failure, "code") is { } code && catalogue.Contains(code), $"unknown code {Text(failure, "code")}");
        Require(!string.IsNullOrEmpty(Text(failure, "trace_id")), "trace_id is empty");
        Require(failure.TryGetProperty("problems", out var problems) && problems.ValueKind == JsonValueKind.Array, "no array of problems");

        void Require(bool isTrue, string violation)
        {
            if (!isTrue)
            {
                violations.Add(violation);
            }
        }
    }

    private static JsonElement? ReadBody(RawAnswer answer, List<string> violations)
    {
        var mediaType = answer.Header("Content-Type")?.Split(';')[0];
        try
        {
            switch (mediaType)
            {
                case "application/json":
                    using (var document = JsonDocument.Parse(answer.Body))
                    {
                        return document.RootElement.Clone();
                    }

                case "application/x-ndjson":
                    foreach (var line in answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                    {
                        JsonDocument.Parse(line).Dispose();
                    }

                    return null;
                default:
                    return null; // CSV, metrics
            }
        }
        catch (JsonException)
        {
            violations.Add($"the body is not {mediaType}");
            return null;
        }
    }

    private List<string> CheckProblems(JsonElement body, List<string> violations)
    {
        var found = new List<string>();
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("problems", out var problems) || problems.ValueKind != JsonValueKind.Array)
        {
            return found;
        }

        foreach (var problem in problems.EnumerateArray())
        {
            found.Add(Text(problem, "code") ?? "");
            if (Text(problem, "level") is not ("SEVERE" or "WARNING"))
            {
                violations.Add($"a problem of level {Text(problem, "level")}");
            }

            if (Text(problem, "code") is not { } code || !catalogue.Contains(code))
            {
                violations.Add($"a problem of unknown code {Text(problem, "code")}");
            }
        }

        return found;
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
