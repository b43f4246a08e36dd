using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>
/// The write path: reads what is stored, decides in memory what changes, and stores that in one statement which carries out each write only
/// if the versions it was decided on still hold. What lost a race is read and decided again, under locks;
/// nothing is locked until then.
/// </summary>
internal sealed class ContactWriter(TimeProvider clock)
{
    /// <summary>How often in a row writes may all lose their races before their callers are asked to come back.</summary>
    private const int MaxFruitlessRounds = 25;

    /// <summary>The answers, in the order of the commands. Each command is carried out whole or not at all; one that fails harms no other.</summary>
    public async Task<Answer<WriteAnswer>[]> WriteAsync(Tenant tenant, IReadOnlyList<UpsertContactCommand> requested, CancellationToken cancellationToken)
    {
        UpsertContactCommand[] commands = [.. requested];
        var answers = new Answer<WriteAnswer>[commands.Length];
        var pending = Enumerable.Range(0, commands.Length).ToList();
        var takeLocks = false;
        var fruitless = 0;
        while (pending.Count > 0 && fruitless < MaxFruitlessRounds)
        {
            var left = await WriteRoundAsync(tenant, commands, pending, answers, takeLocks, cancellationToken);
            fruitless = left.Count < pending.Count ? 0 : fruitless + 1;
            pending = left;
            takeLocks = true;
        }

        foreach (var index in pending)
        {
            answers[index] = new Refusal(ApiErrors.Busy, "Too many concurrent writes to this contact") { RetryAfterSeconds = 1 };
        }

        return answers;
    }

    /// <summary>
    /// The answers, where the writes are part of the caller's transaction, which stores them with whatever else it stores. Null where another writer was faster:
    /// the caller rolls back and begins again, under locks.
    /// </summary>
    public async Task<Answer<WriteAnswer>[]?> WriteWithinAsync(
        Tenant tenant, NpgsqlConnection connection, IReadOnlyList<UpsertContactCommand> requested, bool takeLocks, CancellationToken cancellationToken)
    {
        UpsertContactCommand[] commands = [.. requested];
        var answers = new Answer<WriteAnswer>[commands.Length];
        var pending = Enumerable.Range(0, commands.Length).ToList();
        for (; pending.Count > 0; takeLocks = true)
        {
            var (now, later) = Apart(commands, pending);
            var batch = now.ConvertAll(index => commands[index]);
            if (takeLocks)
            {
                await WriteRound.LockAsync(connection, batch, cancellationToken);
            }

            var plan = new WritePlan(clock.DatabaseNow());
            later.AddRange(DecideRound(commands, now, answers, await StoredState.ReadAsync(tenant, connection, batch, cancellationToken), plan));
            if (!plan.IsEmpty && (await plan.ExecuteAsync(connection)).Count < plan.Rows.Count)
            {
                return null;
            }

            later.Sort();
            pending = later;
        }

        return answers;
    }

    // What concerns a contact or a location of an earlier one waits for it: else a contact that is there many times would be read as often in each of as many rounds.
    private static (List<int> Now, List<int> Later) Apart(UpsertContactCommand[] commands, List<int> pending)
    {
        var (now, later) = (new List<int>(pending.Count), new List<int>());
        var (contacts, locations) = (new HashSet<(string ClientRef, string Ref)>(), new HashSet<(string ClientRef, string Ref)>());
        foreach (var index in pending)
        {
            var command = commands[index];
            if (contacts.Add((command.ClientRef, command.ContactRef)) && (locations.Count == 0 || !Concerned(command).Any(locations.Contains)))
            {
                now.Add(index);
            }
            else
            {
                later.Add(index);
                locations.UnionWith(Concerned(command)); // in their order
            }
        }

        return (now, later);

        static IEnumerable<(string ClientRef, string Ref)> Concerned(UpsertContactCommand command) =>
            (command.Contact.Children ?? []).Select(child => (command.ClientRef, child.Text(ContactFields.LocationRef)));
    }

    // Answers what it can and returns what is left: writes that lost a race, and those that concern what an earlier one in the batch writes.
    private async Task<List<int>> WriteRoundAsync(
        Tenant tenant, UpsertContactCommand[] commands, List<int> pending, Answer<WriteAnswer>[] answers, bool takeLocks, CancellationToken cancellationToken)
    {
        var batch = pending.ConvertAll(index => commands[index]);
        await using var round = await Reconnecting.Pipeline.ExecuteAsync(async token => await WriteRound.OpenAsync(tenant, batch, takeLocks, token), cancellationToken);
        var plan = new WritePlan(clock.DatabaseNow());
        var later = DecideRound(commands, pending, answers, round.State, plan);
        if (!plan.IsEmpty)
        {
            later.AddRange(await StoreAsync(tenant, round, plan));
        }

        later.Sort();
        return later;
    }

    // Decides what it can, and returns what concerns the same as an earlier write of the round, which it must see first.
    private static List<int> DecideRound(UpsertContactCommand[] commands, List<int> pending, Answer<WriteAnswer>[] answers, StoredState state, WritePlan plan)
    {
        var later = new List<int>();
        foreach (var index in pending)
        {
            if (state.FindKept(commands[index]) is { } kept)
            {
                answers[index] = kept;
            }
            else if (Rebase(commands, index, state) is { } refusal)
            {
                answers[index] = refusal;
            }
            else if (!state.Covers(commands[index]) || !plan.TryClaim(commands[index], state))
            {
                later.Add(index);
            }
            else
            {
                answers[index] = Decide(index, commands[index], state, plan);
            }
        }

        return later;
    }

    // A patch of a contact that others have written meanwhile is made anew of what they wrote: so it takes its turn like any other write.
    private static Refusal? Rebase(UpsertContactCommand[] commands, int index, StoredState state)
    {
        var command = commands[index];
        if (command.Base is not { } made || state.FindContact(command.ClientRef, command.ContactRef) is not { } stored || stored.Version == made.Version)
        {
            return null;
        }

        var rebased = made.Rebase(stored.ToContact(command.Contact.Shape));
        if (rebased.Refusal is null)
        {
            commands[index] = rebased.Value;
        }

        return rebased.Refusal;
    }

    private static Answer<WriteAnswer> Decide(int index, UpsertContactCommand command, StoredState state, WritePlan plan)
    {
        var change = ContactChange.Decide(command, state);
        if (change.Refusal is { } refusal)
        {
            return refusal;
        }

        var answer = command.ToAnswer(change.Value.ToWritten(plan.At, command.Caller.OpId));
        if (!command.Conditions.IsDryRun)
        {
            plan.Add(index, command, change.Value, answer);
        }

        return answer;
    }

    // From here on the caller's going away stops nothing: a commit must not be left half heard. Returns what was not stored.
    private static async Task<IEnumerable<int>> StoreAsync(Tenant tenant, WriteRound round, WritePlan plan)
    {
        try
        {
            var stored = await plan.ExecuteAsync(round.Connection);
            await round.CommitAsync();
            return plan.Rows.Except(stored);
        }
        catch (PostgresException exception) when (DatabaseErrors.IsRace(exception))
        {
            tenant.KnownClients.Clear(); // one of them may be archived by now
            return plan.Rows;
        }
        catch (NpgsqlException) when (round.IsBroken)
        {
            // The connection broke before the answer: what was committed and what was not stands in the database, nowhere else.
            return plan.Rows.Except(await Reconnecting.Pipeline.ExecuteAsync(async cancellationToken =>
            {
                await using var another = await tenant.Writes.OpenConnectionAsync(cancellationToken);
                return await plan.FindStoredAsync(another);
            }));
        }
    }
}
