using CrmImport.Infrastructure.Answers;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>The first answer to a write with an idempotency key, kept in the transaction of that write (IETF draft "The Idempotency-Key HTTP Header Field").</summary>
internal sealed record StoredResponse(byte[] Fingerprint, WriteAnswer Answer)
{
    private const string Sql =
        """
        select r.account_id, r.key, r.fingerprint, r.status, r.outcome, r.etag, r.location, r.body
        from unnest(@AccountIds, @Keys) as wanted (account_id, key)
        join idempotency_record r on r.account_id = wanted.account_id and r.key = wanted.key
        """;

    private const string Keep =
        """
        insert into idempotency_record (account_id, key, fingerprint, status, outcome, etag, location, body, at)
        values (@AccountId, @Key, @Fingerprint, @Status, @Outcome, @ETag, @Location, @Body, @At)
        on conflict (account_id, key) do nothing
        """;

    /// <summary>The answer kept under the key, or the refusal of another request; null where there is none.</summary>
    public static async Task<Answer<WriteAnswer>?> FindAsync(NpgsqlConnection connection, long accountId, IdempotencyKey key, CancellationToken cancellationToken) =>
        (await FindAsync(connection, [(accountId, key.Value)], cancellationToken)).Values.SingleOrDefault()?.For(key);

    /// <summary>The answers kept under these keys.</summary>
    public static async Task<Dictionary<(long AccountId, string Key), StoredResponse>> FindAsync(
        NpgsqlConnection connection, IReadOnlyList<(long AccountId, string Key)> keys, CancellationToken cancellationToken)
    {
        var parameters = new { AccountIds = keys.Select(key => key.AccountId).ToArray(), Keys = keys.Select(key => key.Key).ToArray() };
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(Sql, parameters, cancellationToken: cancellationToken));
        return rows.DistinctBy(row => (row.AccountId, row.Key)).ToDictionary(row => (row.AccountId, row.Key), row => row.ToKept());
    }

    /// <summary>Keeps the answer with the write; false where another write was faster with that key, which this transaction must make way for.</summary>
    public static async Task<bool> KeepAsync(
        NpgsqlConnection connection, long accountId, IdempotencyKey key, WriteAnswer answer, DateTime at, CancellationToken cancellationToken)
    {
        var parameters = new
        {
            AccountId = accountId,
            Key = key.Value,
            key.Fingerprint,
            Status = (short)answer.Status,
            Outcome = answer.Outcome.Text(),
            answer.ETag,
            answer.Location,
            Body = answer.Body.ToArray(),
            At = at,
        };
        return await connection.ExecuteAsync(new CommandDefinition(Keep, parameters, cancellationToken: cancellationToken)) == 1;
    }

    /// <summary>The answer once more; a refusal (422) where the key was used for another request.</summary>
    public Answer<WriteAnswer> For(IdempotencyKey key) => key.Fingerprint.AsSpan().SequenceEqual(Fingerprint)
        ? Answer with { IsReplay = true }
        : new Refusal(ApiErrors.IdempotencyKeyReused, $"{IdempotencyKey.Header} {key.Value} was used for another request");

    private sealed class Row
    {
        public long AccountId { get; init; }

        public string Key { get; init; } = "";

        public byte[] Fingerprint { get; init; } = [];

        public short Status { get; init; }

        public string Outcome { get; init; } = "";

        public string? Etag { get; init; }

        public string? Location { get; init; }

        public byte[] Body { get; init; } = [];

        public StoredResponse ToKept() => new(Fingerprint, new WriteAnswer(Status, WriteOutcomeText.Parse(Outcome), Etag, Location, Body));
    }
}
