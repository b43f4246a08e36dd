using CrmImport.Infrastructure.Answers;
using Npgsql;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>The way of writes that edit no record of a <see cref="RecordTable"/>: decided and stored in one transaction, with the answer that its idempotency key keeps.</summary>
internal static class KeyedTransaction
{
    /// <param name="write">What is written, for whom and under which conditions.</param>
    /// <param name="at">The time of the write.</param>
    /// <param name="decide">Reads, decides and stores; a refusal and a dry run are rolled back.</param>
    /// <param name="afterCommit">What this process must do once it is stored: forget what it remembered.</param>
    public static async Task<Answer<WriteAnswer>> RunAsync(
        IKeyedWrite write, DateTime at, Func<NpgsqlConnection, Task<Answer<WriteAnswer>>> decide, Action afterCommit, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var connection = await write.Tenant.Db.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            if (write.Conditions.Key is { } kept && await StoredResponse.FindAsync(connection, write.Caller.AccountId, kept, cancellationToken) is { } stored)
            {
                return stored;
            }

            var answer = await decide(connection);
            if (answer.Refusal is not null || write.Conditions.IsDryRun)
            {
                return answer;
            }

            if (write.Conditions.Key is { } key && !await StoredResponse.KeepAsync(connection, write.Caller.AccountId, key, answer.Value, at, CancellationToken.None))
            {
                continue; // another was faster with the key: what it stored is the answer
            }

            await transaction.CommitAsync(CancellationToken.None);
            afterCommit();
            return answer;
        }
    }
}
