using System.Text.Json;
using System.Text.Json.Serialization;

namespace CrmImport.Infrastructure.Answers;

/// <summary>The answer to a dry run: what a write would do (created, updated, unchanged), each field it would change as [before, after], and the record it would leave.</summary>
internal sealed record DryRunBody<T>(
    [property: JsonPropertyOrder(1)] string Outcome,
    [property: JsonPropertyOrder(2)] JsonElement Changes,
    [property: JsonPropertyOrder(3)] T Data) : SuccessBody;
