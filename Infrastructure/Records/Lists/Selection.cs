using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary><c>$select=a,b</c>: exactly those properties of a record, in that order (source: SuperOffice REST API).</summary>
internal sealed class Selection
{
    public const string Parameter = "$select";

    private const int MaxReported = 10;

    private readonly string[] names;

    private Selection(string[] names) => this.names = names;

    /// <summary>What is selected, in that order.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>The selection; null where the caller wants the whole record.</summary>
    public static Selection? Read(IQueryCollection query, ListShape shape, List<Problem> problems)
    {
        if (Parameters.Single(query, Parameter, problems) is not { } text)
        {
            return null;
        }

        var names = text.Split(',', StringSplitOptions.TrimEntries);
        Problem[] faults =
        [
            .. names.Where(name => shape.FindSelected(name) is null).Distinct().Select(name => Refused(name.Length == 0 ? "a name is missing" : $"unknown field {name}")),
            .. names.CountBy(name => name, StringComparer.OrdinalIgnoreCase).Where(count => count.Value > 1 && shape.FindSelected(count.Key) is not null).Select(count => Refused($"{count.Key} appears more than once")),
        ];
        problems.AddRange(faults.Take(MaxReported));
        return faults.Length == 0 ? new Selection([.. names.Select(name => shape.Find(name)!.Name)]) : null;

        static Problem Refused(string message) => Problem.Severe(ApiErrors.InvalidParameter, Parameter, $"{Parameter}: {message}");
    }

    /// <summary>For a route that reads one record.</summary>
    public static Answer<Selection?> Read(IQueryCollection query, ListShape shape)
    {
        var problems = new List<Problem>();
        var selection = Read(query, shape, problems);
        return problems.Count > 0 ? Refusal.Of(problems) : Answer<Selection?>.Of(selection);
    }

    /// <summary>The native answer of a route that reads one record: whole, or what the caller selects of it.</summary>
    public static IResult ToResult<T>(Selection? selection, T record, JsonTypeInfo<SuccessBody<T>> whole, JsonTypeInfo<T> type)
        where T : notnull =>
        selection is null
            ? ReadableJson.ToResult(new SuccessBody<T>(record), whole)
            : ReadableJson.ToResult(new SuccessBody<JsonObject>(selection.Pick(record, type)), SelectedJson.Default.SuccessBodyJsonObject);

    /// <summary>The answer to a read of one bare record: whole, or what the caller selects of it.</summary>
    public static IResult ToBareResult<T>(Selection? selection, T record, JsonTypeInfo<T> type)
        where T : notnull =>
        selection is null ? ReadableJson.ToResult(record, type) : ReadableJson.ToResult(selection.Pick(record, type), SelectedJson.Default.JsonObject);

    /// <summary>The answer to a write, with what is selected of its record: that is under <c>data</c>, or the answer itself where there is no envelope.</summary>
    public byte[] Narrow(ReadOnlySpan<byte> body)
    {
        var answer = JsonNode.Parse(body)!.AsObject();
        if (!answer.ContainsKey("result_msg"))
        {
            answer = Pick(answer);
        }
        else if (answer["data"] is JsonObject record)
        {
            answer["data"] = Pick(record);
        }

        return ReadableJson.ToBytes(answer, SelectedJson.Default.JsonObject);
    }

    public JsonObject Pick<T>(T record, JsonTypeInfo<T> type) => Pick(JsonSerializer.SerializeToNode(record, type)!.AsObject());

    private JsonObject Pick(JsonObject whole)
    {
        var picked = new JsonObject();
        foreach (var name in names)
        {
            if (whole.Remove(name, out var value)) // a dry run of a party has no number
            {
                picked.Add(name, value);
            }
        }

        return picked;
    }
}
