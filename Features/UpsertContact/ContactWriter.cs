using System.Data;
using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;
using Polly;
using Polly.Retry;

namespace CrmImport.Features.UpsertContact;

/// <summary>
/// The write path: reads what is stored, decides in memory what changes, and stores that in one statement which carries out each write only
/// if the versions it was decided on still hold. What lost a race is read and decided again; nothing is locked until then.
/// </summary>
internal sealed class ContactWriter(TimeProvider clock)
{
    /// <summary>How often in a row writes may all lose their races before their callers are asked to come back.</summary>
    private const int MaxFruitlessRounds = 25;

    // From the second round on everything that will be changed is locked before it is read, so that a write that lost once does not lose for
    // ever: the locations first, in the order of their keys as everywhere, since who is preferred there is then settled; then the contacts.
    private const string Lock =
        """
        select l.version
        from unnest(@LocationClientRefs, @LocationRefs) as wanted (client_ref, location_ref)
        join location l on l.client_ref = wanted.client_ref and l.location_ref = wanted.location_ref
        order by l.client_ref, l.location_ref
        for no key update of l;

        select c.version
        from (
            select client_ref, contact_ref
            from unnest(@ClientRefs, @ContactRefs) as own (client_ref, contact_ref)
            union
            select cl.client_ref, cl.contact_ref
            from unnest(@LocationClientRefs, @LocationRefs) as claimed (client_ref, location_ref)
            join contact_location cl on cl.client_ref = claimed.client_ref and cl.location_ref = claimed.location_ref and cl.is_preferred
        ) wanted
        join contact c on c.client_ref = wanted.client_ref and c.contact_ref = wanted.contact_ref
        order by c.client_ref, c.contact_ref
        for no key update of c
        """;

    // The server that broke a connection is mostly back in a moment; one that is not gives the callers a 503 in under two seconds.
    private static readonly ResiliencePipeline ReadBack = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<NpgsqlException>(),
            MaxRetryAttempts = 5,
            Delay = TimeSpan.FromMilliseconds(50),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    /// <summary>The answers, in the order of the commands. Each command is carried out whole or not at all; one that fails harms no other.</summary>
    public async Task<Answer<UpsertContactResult>[]> WriteAsync(Tenant tenant, IReadOnlyList<UpsertContactCommand> commands, CancellationToken cancellationToken)
    {
        var answers = new Answer<UpsertContactResult>[commands.Count];
        var pending = Enumerable.Range(0, commands.Count).ToList();
        for (var (takeLocks, fruitless) = (false, 0); pending.Count > 0 && fruitless < MaxFruitlessRounds; takeLocks = true)
        {
            var left = await WriteRoundAsync(tenant, commands, pending, answers, takeLocks, cancellationToken);
            fruitless = left.Count < pending.Count ? 0 : fruitless + 1;
            pending = left;
        }

        foreach (var index in pending)
        {
            answers[index] = new Refusal(ApiErrors.Busy, "The contact is being written by too many others") { RetryAfterSeconds = 1 };
        }

        return answers;
    }

    // Answers what it can and returns what is left: writes that lost a race, and those that concern what an earlier one in the batch writes.
    private async Task<List<int>> WriteRoundAsync(
        Tenant tenant, IReadOnlyList<UpsertContactCommand> commands, List<int> pending, Answer<UpsertContactResult>[] answers, bool takeLocks, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = takeLocks ? await connection.BeginTransactionAsync(cancellationToken) : null;
        var batch = pending.ConvertAll(index => commands[index]);
        if (takeLocks)
        {
            await LockAsync(connection, batch, cancellationToken);
        }

        var state = await StoredState.ReadAsync(tenant, connection, batch, cancellationToken);
        var plan = new WritePlan(Now());
        var later = new List<int>();
        foreach (var index in pending)
        {
            if (!plan.TryClaim(commands[index], state))
            {
                later.Add(index);
                continue;
            }

            var change = ContactChange.Decide(commands[index], state);
            answers[index] = change.Refusal is { } refusal ? refusal : plan.Add(index, commands[index], change.Value);
        }

        if (!plan.IsEmpty)
        {
            later.AddRange(await StoreAsync(tenant, connection, transaction, plan));
        }

        later.Sort();
        return later;
    }

    private static Task<int> LockAsync(NpgsqlConnection connection, List<UpsertContactCommand> batch, CancellationToken cancellationToken)
    {
        var locations =
            (from command in batch
             from location in command.Contact.Children ?? []
             where location[ContactFields.IsPreferred] is true || location[ContactFields.UsageTypeId] is not null
             select (command.ClientRef, LocationRef: location.Text(ContactFields.LocationRef))).ToArray();
        var parameters = new
        {
            ClientRefs = batch.ConvertAll(command => command.ClientRef).ToArray(),
            ContactRefs = batch.ConvertAll(command => command.ContactRef).ToArray(),
            LocationClientRefs = locations.Select(location => location.ClientRef).ToArray(),
            LocationRefs = locations.Select(location => location.LocationRef).ToArray(),
        };
        return connection.ExecuteAsync(new CommandDefinition(Lock, parameters, cancellationToken: cancellationToken));
    }

    // From here on the caller's going away stops nothing: a commit must not be left half heard. Returns what was not stored.
    private static async Task<IEnumerable<int>> StoreAsync(Tenant tenant, NpgsqlConnection connection, NpgsqlTransaction? transaction, WritePlan plan)
    {
        try
        {
            var stored = await plan.ExecuteAsync(connection);
            if (transaction is not null)
            {
                await transaction.CommitAsync(CancellationToken.None);
            }

            return plan.Rows.Except(stored);
        }
        catch (PostgresException exception) when (DatabaseErrors.IsRace(exception))
        {
            return plan.Rows;
        }
        catch (NpgsqlException) when (connection.State != ConnectionState.Open)
        {
            // The connection broke before the answer: what was committed and what was not stands in the database, nowhere else.
            return plan.Rows.Except(await ReadBack.ExecuteAsync(async cancellationToken =>
            {
                await using var another = await tenant.Db.OpenConnectionAsync(cancellationToken);
                return await plan.FindStoredAsync(another);
            }));
        }
    }

    // As precise as PostgreSQL keeps it, so that an answer and a later read agree.
    private DateTime Now()
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
