using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The answers that are kept under the idempotency keys of a batch.</summary>
internal sealed class KeptAnswers
{
    private static readonly KeptAnswers None = new([]);

    private readonly Dictionary<(long AccountId, string Key), KeptAnswer> answers;

    private KeptAnswers(Dictionary<(long AccountId, string Key), KeptAnswer> answers) => this.answers = answers;

    public static async Task<KeptAnswers> ReadAsync(NpgsqlConnection connection, IReadOnlyList<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        var keyed = commands.Where(command => command.Demands.Key is not null).ToArray();
        return keyed.Length == 0
            ? None
            : new(await KeptAnswer.FindAsync(connection, [.. keyed.Select(command => (command.Caller.AccountId, command.Demands.Key!.Value))], cancellationToken));
    }

    public Answer<WriteAnswer>? Find(UpsertContactCommand command) =>
        command.Demands.Key is { } key && answers.TryGetValue((command.Caller.AccountId, key.Value), out var kept) ? kept.For(key) : null;
}
