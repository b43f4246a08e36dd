using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The answers that are kept under the idempotency keys of a batch.</summary>
internal sealed class StoredResponses
{
    private static readonly StoredResponses None = new([]);

    private readonly Dictionary<(long AccountId, string Key), StoredResponse> answers;

    private StoredResponses(Dictionary<(long AccountId, string Key), StoredResponse> answers) => this.answers = answers;

    public static async Task<StoredResponses> ReadAsync(NpgsqlConnection connection, IReadOnlyList<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        var keyed = commands.Where(command => command.Conditions.Key is not null).ToArray();
        return keyed.Length == 0
            ? None
            : new(await StoredResponse.FindAsync(connection, [.. keyed.Select(command => (command.Caller.AccountId, command.Conditions.Key!.Value))], cancellationToken));
    }

    public Answer<WriteAnswer>? Find(UpsertContactCommand command) =>
        command.Conditions.Key is { } key && answers.TryGetValue((command.Caller.AccountId, key.Value), out var kept) ? kept.For(key) : null;
}
