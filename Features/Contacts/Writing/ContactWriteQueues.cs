using System.Diagnostics;
using System.Runtime.CompilerServices;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Options;
using Npgsql;
using ContactQueue = CrmImport.Infrastructure.Database.WriteQueue<
    CrmImport.Features.Contacts.Writing.ContactWriteQueues.Write, (string ClientRef, string ContactRef),
    CrmImport.Infrastructure.Answers.Answer<CrmImport.Infrastructure.Records.Writes.WriteAnswer>>;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The write queue of each database. On shut-down, what was taken in is written before the databases close.</summary>
internal sealed partial class ContactWriteQueues(
    ContactWriter writer, IOptions<WriteQueueOptions> options, CrmMetrics metrics, ILogger<ContactWriteQueues> logger) : IHostedService
{
    private readonly ConditionalWeakTable<Tenant, ContactQueue> queues = []; // databases are removed, too
    private readonly Lock threads = new();

    /// <summary>Writes the contact with those that wait beside it; a full queue refuses. The caller may stop waiting: the write goes on.</summary>
    public async Task<Answer<WriteAnswer>> WriteAsync(UpsertContactCommand command, CancellationToken cancellationToken)
    {
        using var span = CrmTracing.StartWrite(command.Tenant.Name);
        return queues.GetValue(command.Tenant, Open).TryAdd(new Write(command, span)) is { } answer
            ? await answer.WaitAsync(cancellationToken)
            : new Refusal(ApiErrors.QueueFull, "Too many writes are waiting") { RetryAfterSeconds = 1 };
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.ObserveQueue(tenant => queues.TryGetValue(tenant, out var queue) ? queue.Count : 0);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(queues.Select(queue => queue.Value.DrainAsync())).WaitAsync(cancellationToken);

    // A lone write blocks its thread: the pool gets as many more at once as can block, so that requests never wait for one.
    private ContactQueue Open(Tenant tenant)
    {
        lock (threads)
        {
            ThreadPool.GetMinThreads(out var workers, out var completions);
            ThreadPool.SetMinThreads(workers + options.Value.Writers, completions);
        }

        var queue = new ContactQueue(options.Value, write => (write.Command.ClientRef, write.Command.ContactRef), writes => WriteBatchAsync(tenant, writes));
        tenant.IsFull = () => queue.Count >= options.Value.QueueRows;
        return queue;
    }

    private async Task<Answer<WriteAnswer>[]> WriteBatchAsync(Tenant tenant, IReadOnlyList<Write> writes)
    {
        using var span = CrmTracing.StartBatch(tenant.Name, writes.Select(write => write.Span));
        var began = Stopwatch.GetTimestamp();
        var commands = new UpsertContactCommand[writes.Count];
        for (var i = 0; i < commands.Length; i++)
        {
            commands[i] = writes[i].Command;
        }

        try
        {
            return await WriteBatchAsync(tenant, commands);
        }
        finally
        {
            metrics.BatchWritten(tenant, commands.Length, Stopwatch.GetElapsedTime(began));
        }
    }

    // A batch that the database refuses as a whole is tried one by one: the row that cannot be written is answered so, and harms nobody.
    private async Task<Answer<WriteAnswer>[]> WriteBatchAsync(Tenant tenant, UpsertContactCommand[] commands)
    {
        try
        {
            return await writer.WriteAsync(tenant, commands, CancellationToken.None);
        }
        catch (PostgresException exception) when (commands.Length > 1)
        {
            LogSplit(exception, tenant.Name, commands.Length);
            var answers = new Answer<WriteAnswer>[commands.Length];
            for (var i = 0; i < commands.Length; i++)
            {
                answers[i] = await WriteSingleAsync(tenant, commands[i]);
            }

            return answers;
        }
    }

    private async Task<Answer<WriteAnswer>> WriteSingleAsync(Tenant tenant, UpsertContactCommand command)
    {
        try
        {
            return (await writer.WriteAsync(tenant, [command], CancellationToken.None))[0];
        }
        catch (Exception exception)
        {
            var refusal = DatabaseErrors.Describe(exception);
            LogSingle(exception, tenant.Name, refusal.Error.Code, command.Caller.Origin.TraceId);
            return refusal;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Database}: a batch of {Rows} writes failed; retrying them one by one")]
    private partial void LogSplit(Exception exception, string database, int rows);

    [LoggerMessage(LogLevel.Error, "{Database}: a write failed with {Code}, trace {TraceId}")]
    private partial void LogSingle(Exception exception, string database, string code, string traceId);

    /// <summary>A write that waits, and its span where there is one.</summary>
    internal readonly record struct Write(UpsertContactCommand Command, Activity? Span);
}
