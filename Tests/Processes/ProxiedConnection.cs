using System.Buffers.Binary;
using System.Text;

namespace CrmImport.Processes;

/// <summary>Where a commit is cut: before PostgreSQL receives any of it, half-way through it, after all of it, or after PostgreSQL has replied. The client gets no reply in any case.</summary>
internal enum CutPoint
{
    Before,
    Within,
    After,
    Replied,
}

/// <summary>An order to break the connection that commits next.</summary>
internal sealed record CommitCut(CutPoint Point)
{
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>One connection through a <see cref="DatabaseProxy"/>. Understands enough of PostgreSQL's protocol to recognize a commit.</summary>
/// <param name="client">From the client, and back to it.</param>
/// <param name="server">To PostgreSQL, and back from it.</param>
/// <param name="flowing">Awaited before anything is forwarded.</param>
/// <param name="onCommit">Called when the client commits; returns where to cut, or null.</param>
internal sealed class ProxiedConnection(Stream client, Stream server, Func<Task> flowing, Func<CommitCut?> onCommit)
{
    private const string Writing = "insert into audit_entry"; // every statement that writes and commits by itself contains it

    private readonly HashSet<string> writing = []; // names of prepared statements
    private bool isInTransaction;
    private TaskCompletionSource? replied; // set when a commit is being cut: no more replies are forwarded

    /// <summary>Returns when either end has closed its connection, or the connection is to be cut; the caller then closes both.</summary>
    public Task RelayAsync(CancellationToken cancellationToken) => Task.WhenAny(RelayRequestsAsync(cancellationToken), RelayRepliesAsync(cancellationToken)).Unwrap();

    // Messages are collected until the client expects a reply, and then sent together.
    private async Task RelayRequestsAsync(CancellationToken cancellationToken)
    {
        var from = new BufferedStream(client, 64 * 1024);
        var unsent = new MemoryStream();
        await ReadMessageAsync(from, unsent, hasType: false, cancellationToken);
        while (true)
        {
            await flowing().WaitAsync(cancellationToken);
            await server.WriteAsync(unsent.GetBuffer().AsMemory(0, (int)unsent.Length), cancellationToken);
            unsent.SetLength(0);

            var commits = false;
            for (var isComplete = false; !isComplete;)
            {
                var (type, body) = await ReadMessageAsync(from, unsent, hasType: true, cancellationToken);
                commits |= Commits(type, body);
                isComplete = type is not ('P' or 'B' or 'D' or 'E' or 'C'); // Parse, Bind, Describe, Execute and Close wait for a Sync or a Flush
            }

            if (commits && onCommit() is { } cut)
            {
                await CutAsync(cut.Point, unsent, cancellationToken);
                cut.Done.SetResult();
                return;
            }
        }
    }

    private async Task RelayRepliesAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await server.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (replied is not null)
            {
                replied.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken); // the other direction ends the connection
            }

            await flowing().WaitAsync(cancellationToken);
            await client.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    private async Task CutAsync(CutPoint point, MemoryStream unsent, CancellationToken cancellationToken)
    {
        if (point == CutPoint.Before)
        {
            return;
        }

        replied = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var length = point == CutPoint.Within ? (int)unsent.Length / 2 : (int)unsent.Length;
        await server.WriteAsync(unsent.GetBuffer().AsMemory(0, length), cancellationToken);
        if (point == CutPoint.Replied)
        {
            await replied.Task.WaitAsync(cancellationToken);
        }
    }

    // COMMIT, or a statement that writes outside a transaction. Parse names its statement first, Bind after the portal; a simple query is its text.
    private bool Commits(char type, byte[] body)
    {
        var texts = type is 'P' or 'B' or 'Q' ? Encoding.Latin1.GetString(body).Split('\0', 3) : [];
        switch (type)
        {
            case 'P':
                _ = texts[1].Contains(Writing, StringComparison.Ordinal) ? writing.Add(texts[0]) : writing.Remove(texts[0]);
                return false;
            case 'B':
                return !isInTransaction && writing.Contains(texts[1]);
            case 'Q':
                isInTransaction = texts[0].StartsWith("BEGIN", StringComparison.Ordinal) || (isInTransaction && texts[0] is not ("COMMIT" or "ROLLBACK"));
                return texts[0] == "COMMIT";
            default:
                return false;
        }
    }

    // The first message of a connection has no type.
    private static async Task<(char Type, byte[] Body)> ReadMessageAsync(Stream from, MemoryStream to, bool hasType, CancellationToken cancellationToken)
    {
        var head = new byte[hasType ? 5 : 4];
        await from.ReadExactlyAsync(head, cancellationToken);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(head.Length - 4)) - 4];
        await from.ReadExactlyAsync(body, cancellationToken);
        to.Write(head);
        to.Write(body);
        return (hasType ? (char)head[0] : '\0', body);
    }
}
