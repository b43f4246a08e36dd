using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>What a write asks for besides its record: the expected version, a dry run, an idempotency key.</summary>
internal sealed record WriteConditions(Precondition Precondition, bool IsDryRun, IdempotencyKey? Key)
{
    private const string DryRun = "dryRun";

    public static WriteConditions None { get; } = new(Precondition.None, false, null);

    /// <summary>The record must exist, in whatever version: enough for a database that requires versions.</summary>
    public static WriteConditions AnyVersion { get; } = new(Precondition.AnyVersion, false, null);

    public static Answer<WriteConditions> Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var precondition = Precondition.Read(request);
        var isDryRun = ReadDryRun(request.Query);
        var key = IdempotencyKey.Read(request, body);
        return (precondition.Refusal ?? isDryRun.Refusal ?? key.Refusal) is { } refusal
            ? refusal
            : new WriteConditions(precondition.Value, isDryRun.Value, isDryRun.Value ? null : key.Value); // a dry run leaves nothing to replay
    }

    // A misspelt dryRun must not execute the write.
    private static Answer<bool> ReadDryRun(IQueryCollection query)
    {
        if (query.Keys.FirstOrDefault(IsMistyped) is { } mistyped)
        {
            return Refusal.Of(ApiErrors.InvalidParameter, mistyped, $"Unknown parameter {mistyped}; did you mean {DryRun}?");
        }

        return Parameters.Flag(query, DryRun);
    }

    private static bool IsMistyped(string name) =>
        name.Length > DryRun.Length && name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).Replace("$", "", StringComparison.Ordinal).Equals(DryRun, StringComparison.OrdinalIgnoreCase);
}
