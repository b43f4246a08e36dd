using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Writes;

/// <summary>What a write asks for beside its record: the version it is meant for, a trial only, an idempotency key.</summary>
internal sealed record WriteDemands(Precondition Precondition, bool IsDryRun, IdempotencyKey? Key)
{
    public static WriteDemands None { get; } = new(Precondition.None, false, null);

    public static Answer<WriteDemands> Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var precondition = Precondition.Read(request);
        var isDryRun = ReadFlag(request.Query, "dryRun");
        var key = IdempotencyKey.Read(request, body);
        return (precondition.Refusal ?? isDryRun.Refusal ?? key.Refusal) is { } refusal
            ? refusal
            : new WriteDemands(precondition.Value, isDryRun.Value, isDryRun.Value ? null : key.Value); // a trial leaves nothing to replay
    }

    private static Answer<bool> ReadFlag(IQueryCollection query, string name) => (string?)query[name] switch
    {
        null => false,
        var text when bool.TryParse(text, out var flag) => flag,
        "1" => true,
        "0" => false,
        _ => Refusal.Of(ApiErrors.InvalidParameter, name, $"{name} must be true or false"),
    };
}
