using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Http;

/// <summary>The record in a request's body, left with the request, and what became of it: what was ignored and what is worth a second look is said in a header of the response, whatever the body of that is.</summary>
internal sealed record SentRecord(RecordInput? Record)
{
    public const string WarningsHeader = "X-Warnings";

    private const int MaxReported = 10;
    private const int MaxLength = 1000;

    /// <summary>The warnings as the header has them, such as <c>2 unknown_field sirname, unknown_field notez</c>: how many, then the first ten; null for none.</summary>
    public string? Warnings
    {
        get
        {
            var warnings = (Record?.AllProblems() ?? []).Concat(Found).Where(problem => problem.Level == Problem.WarningLevel).ToArray();
            if (warnings.Length == 0)
            {
                return null;
            }

            var header = $"{warnings.Length} {string.Join(", ", warnings.Take(MaxReported).Select(problem => $"{problem.Error.Code} {Uri.EscapeDataString(problem.Field ?? "")}"))}";
            return header.Length <= MaxLength ? header : header[..MaxLength]; // a proxy in between has buffers of its own
        }
    }

    private IReadOnlyList<Problem> Found { get; init; } = [];

    public static void Attach(HttpContext http, RecordInput record) => http.Features.Set(new SentRecord(record));

    /// <summary>Adds the warnings of the write.</summary>
    public static void Attach(HttpContext http, IReadOnlyList<Problem> warnings)
    {
        if (warnings.Count > 0)
        {
            http.Features.Set((http.Features.Get<SentRecord>() ?? new SentRecord((RecordInput?)null)) with { Found = warnings });
        }
    }
}
