using CrmImport.Infrastructure.Database;

namespace CrmImport.Infrastructure.Auth;

/// <summary>
/// A database's signing keys, cached until the database notifies of a change; for one second while notifications are not received.
/// Every replica signs with the same key and verifies with the same ones.
/// </summary>
internal sealed class SigningKeys
{
    /// <summary>How old the keys may be while changes are not heard, and how often a token of an unknown key may have them read again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly DatabasePool db;
    private readonly KeyProtection protection;
    private readonly Lock gate = new();
    private Task<Known> reading = Task.FromCanceled<Known>(new CancellationToken(true));
    private Known known;
    private long changes;

    private SigningKeys(DatabasePool db, KeyProtection protection, AccessTokenKeys keys) =>
        (this.db, this.protection, known) = (db, protection, new Known(keys, Changes: 0, ReadAt: Environment.TickCount64));

    /// <summary>As of the last reading.</summary>
    public AccessTokenKeys Last => Volatile.Read(ref known).Keys;

    /// <summary>Reads them at the start: makes the first one in a new database, seals those that are not sealed.</summary>
    public static async Task<SigningKeys> OpenAsync(DatabasePool db, KeyProtection protection, CancellationToken cancellationToken) =>
        new(db, protection, await SigningKeyTable.OpenAsync(db, protection, cancellationToken));

    public ValueTask<AccessTokenKeys> ReadAsync(bool isHearing)
    {
        var last = Volatile.Read(ref known);
        return last.Changes == Interlocked.Read(ref changes) && (isHearing || !last.IsOlderThan(Patience))
            ? new(last.Keys)
            : new(ReadAnewAsync(before => before.Changes == Interlocked.Read(ref changes) && !before.IsOlderThan(Patience)));
    }

    /// <summary>The keys once more, for a token whose key is not among them: another replica may have made it a moment ago.</summary>
    public async ValueTask<AccessTokenKeys> ReadForAsync(string kid) => await ReadAnewAsync(before => before.Keys.Has(kid) || !before.IsOlderThan(Patience));

    /// <summary>The keys changed: the next to ask reads them.</summary>
    public void Forget() => Interlocked.Increment(ref changes);

    // One read serves all waiting callers, so it is not bound to a single request.
    private async Task<AccessTokenKeys> ReadAnewAsync(Func<Known, bool> isGoodEnough)
    {
        var hasWaited = false;
        while (true)
        {
            bool isOld;
            Task<Known> joined;
            lock (gate)
            {
                if (isGoodEnough(known))
                {
                    return known.Keys;
                }

                isOld = !reading.IsCompleted && !hasWaited; // it may have begun before what is asked for was there
                joined = reading = reading.IsCompleted ? ReadOnceAsync() : reading;
            }

            var read = await joined;
            if (!isOld)
            {
                return read.Keys;
            }

            hasWaited = true;
        }
    }

    private async Task<Known> ReadOnceAsync()
    {
        var (seen, readAt, before) = (Interlocked.Read(ref changes), Environment.TickCount64, Volatile.Read(ref known));
        var keys = await SigningKeyTable.ReadAsync(db, protection, before.Keys, CancellationToken.None);
        var now = new Known(keys.AreSameAs(before.Keys) ? before.Keys : keys, seen, readAt); // the same object: what it verified still counts
        Volatile.Write(ref known, now);
        return now;
    }

    /// <summary>What was read, after how many changes, and when.</summary>
    private sealed record Known(AccessTokenKeys Keys, long Changes, long ReadAt)
    {
        public bool IsOlderThan(TimeSpan age) => Environment.TickCount64 - ReadAt >= age.TotalMilliseconds;
    }
}
