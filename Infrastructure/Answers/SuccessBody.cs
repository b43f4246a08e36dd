using System.Text.Json.Serialization;

namespace CrmImport.Infrastructure.Answers;

/// <summary>Success without a record: Oneserve's answer to a write.</summary>
internal record SuccessBody
{
    [JsonPropertyOrder(-2)]
    public string Result { get; } = "success";

    [JsonPropertyOrder(-1), JsonPropertyName("result_msg")]
    public string ResultMsg { get; } = "";
}

/// <summary>Success with one record: the native routes' answer.</summary>
internal sealed record SuccessBody<T>(T Data) : SuccessBody
    where T : notnull;
