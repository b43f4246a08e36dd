using System.Text.Json.Serialization;

namespace CrmImport.Infrastructure.Answers;

/// <summary>What is wrong with one field: level SEVERE, WARNING or INFO, the field's path as the caller wrote it, a code of the catalogue (source: InTouch REST API).</summary>
internal sealed record Problem(string Level, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Field, [property: JsonIgnore] ApiError Error, [property: JsonPropertyOrder(1)] string Message)
{
    public const string SevereLevel = "SEVERE";
    public const string WarningLevel = "WARNING";
    public const string InfoLevel = "INFO";

    public string Code => Error.Code;

    public static Problem Severe(ApiError error, string? field, string message) => new(SevereLevel, field, error, message);

    /// <summary>What was done as it should be, and may yet surprise.</summary>
    public static Problem Info(ApiError error, string? field, string message) => new(InfoLevel, field, error, message);

    public static Problem Warning(ApiError error, string? field, string message) => new(WarningLevel, field, error, message);
}
