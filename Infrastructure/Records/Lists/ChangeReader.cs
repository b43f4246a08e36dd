using System.Data.Common;
using System.Globalization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>Which changes of the trail a list follows, and the statement that reads the records by their refs: <c>@ClientRefs</c> and <c>@Refs</c>, in that order.</summary>
/// <param name="RecordType">One of the trail's record types: contact, client or location.</param>
/// <param name="Records">The list's columns, in the order of the refs.</param>
internal sealed record ChangeSql(string RecordType, string Records);

/// <summary>
/// Reads the records that were changed since, each once, as it is now. Transactions are followed in the order of their ids, up to the oldest that is under way: whatever
/// commits later comes later. A record is reported at its newest change, so that no version of it is reported twice; the changes of one record have their numbers in the order of
/// its versions, since each waits for the record before it is written down.
/// </summary>
internal static class ChangeReader
{
    private const string Followed = "record_type in ('contact', 'client', 'location') and outcome in ('created', 'updated')";

    private const string Find =
        $"""
        select now.history_id, now.horizon::text as horizon, page.xid::text as xid, page.id, page.client_ref, page.ref
        from (select history_id, pg_snapshot_xmin(pg_current_snapshot()) as horizon from database_setting) now
        left join lateral (
            select e.xid, e.id, e.client_ref, case e.record_type when 'contact' then e.contact_ref else e.location_ref end as ref
            from audit_entry e
            where {Followed} and record_type = @RecordType and (e.xid, e.id) > (@Xid::text::xid8, @Id) and e.xid < now.horizon
                and (@Since::timestamptz is null or e.at + interval '0' >= @Since) -- by its order: all that came later would be found, and sorted for a page
                and (@ClientRef::text is null or e.client_ref = @ClientRef)
                -- by its primary key, backwards: an anti-join would compare all entries of a record with all others; and as a case, of which the planner expects half the entries to hold, not a few
                and case when e.id = (
                    select newest.id from audit_entry newest
                    where newest.client_ref = e.client_ref and newest.contact_ref = e.contact_ref and newest.location_ref = e.location_ref
                        and newest.record_type = e.record_type and newest.outcome in ('created', 'updated')
                    order by newest.id desc
                    limit 1) then true else false end
            order by e.xid, e.id
            limit @Size + 1
        ) page on true
        order by page.xid, page.id
        """;

    /// <summary>How long a transaction may last that began before a time and wrote after it.</summary>
    private static readonly TimeSpan LongestTransaction = TimeSpan.FromHours(1);

    // Transactions and times rise together: the first transaction that wrote after the time is found by halves, in as many steps as its number has bits.
    private const string FindStart =
        $"""
        with recursive search (low, high) as (
            select first.xid::text::bigint, last.xid::text::bigint
            from (select xid from audit_entry where {Followed} order by xid, id limit 1) first, (select xid from audit_entry where {Followed} order by xid desc, id desc limit 1) last
            union all
            select case when found.at < @At then middle.xid + 1 else low end, case when found.at < @At then high else middle.xid end
            from search
            cross join lateral (select (low + high) / 2 as xid) middle
            cross join lateral (select at from audit_entry where {Followed} and audit_entry.xid >= middle.xid::text::xid8 order by audit_entry.xid, id limit 1) found
            where low < high
        )
        select coalesce(max(low), 0)::text from search where low = high
        """;

    // The trail of a database that was restored from a dump has transactions of another server, which may be ahead of this one's.
    private const string Settle =
        $"""
        with restored as (
            update audit_entry set xid = '3' where {Followed} and xid >= pg_snapshot_xmax(pg_current_snapshot())
            returning id
        )
        update database_setting set history_id = gen_random_uuid() where exists (select from restored)
        """;

    /// <summary>What was changed since the request's cursor; the page's <see cref="ListPage{T}.Next"/> leads on.</summary>
    /// <param name="clientRef">The client whose records are followed; null for all.</param>
    public static async Task<Answer<ListPage<T>>> ReadAsync<T>(
        Tenant tenant, ListRequest request, ChangeSql sql, string? clientRef, Func<DbDataReader, Func<DbDataReader, T>> rows, CancellationToken cancellationToken)
    {
        var cursor = request.Since!;
        var page = await tenant.Queries.ReadAsync(request.AccountId, ReadAsync, cancellationToken);
        return page.Refusal is { } refusal ? refusal
            : page.Value is { } read ? read
            : new Refusal(ApiErrors.CursorExpired, $"{ChangeCursor.Parameter} is of a history that the database no longer has, as after its backup was restored: begin again with a time");

        async Task<ListPage<T>?> ReadAsync(Query query)
        {
            var parameters = Query.Parameters(new
            {
                sql.RecordType,
                ClientRef = clientRef,
                Xid = cursor.Xid > 0 || cursor.Since is not { } since ? cursor.Xid.ToString(CultureInfo.InvariantCulture) : await FindStartAsync(query, since),
                cursor.Id,
                cursor.Since,
                request.Page.Size,
            });
            var found = (await query.Connection.QueryAsync<Change>(query.Command(Find, parameters))).AsList();
            if (cursor.HistoryId is { } history && history != found[0].HistoryId)
            {
                return null;
            }

            var hasMore = found.Count > request.Page.Size;
            var changes = found.Where(change => change.Id is not null).Take(request.Page.Size).ToArray();
            var next = hasMore
                ? new ChangeCursor(found[0].HistoryId, ulong.Parse(changes[^1].Xid!, CultureInfo.InvariantCulture), changes[^1].Id!.Value, cursor.Since)
                : new ChangeCursor(found[0].HistoryId, Math.Max(ulong.Parse(found[0].Horizon, CultureInfo.InvariantCulture), cursor.Xid), 0, null);
            return ListPage<T>.OfChanges(request, next.ToString(), hasMore, changes.Length == 0 ? [] : await ReadRecordsAsync(query, changes));
        }

        static async Task<string?> FindStartAsync(Query query, DateTime since)
        {
            var from = since - DateTime.MinValue > LongestTransaction ? since - LongestTransaction : since;
            return await query.Connection.ExecuteScalarAsync<string>(query.Command(FindStart, Query.Parameters(new { At = from })));
        }

        async Task<IReadOnlyList<T>> ReadRecordsAsync(Query query, Change[] changes)
        {
            var parameters = Query.Parameters(new { ClientRefs = changes.Select(change => change.ClientRef!).ToArray(), Refs = changes.Select(change => change.Ref!).ToArray() });
            var items = new List<T>();
            await using var reader = await query.Connection.ExecuteReaderAsync(query.Command(sql.Records, parameters));
            for (var read = rows(reader); await reader.ReadAsync(query.CancellationToken);)
            {
                items.Add(read(reader));
            }

            return items;
        }
    }

    /// <summary>When a database is opened: gives a restored one a history of its own, so that cursors of before are refused instead of passing changes by.</summary>
    public static async Task SettleAsync(DatabasePool db, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Settle, commandTimeout: 0, cancellationToken: cancellationToken));
    }

    private sealed record Change(Guid HistoryId, string Horizon, string? Xid, long? Id, string? ClientRef, string? Ref);
}
