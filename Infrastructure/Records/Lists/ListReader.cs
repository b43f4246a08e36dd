using System.Data.Common;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>
/// The statements of a list: <c>{filter}</c> stands for the caller's condition, <c>{order}</c> for its order, <c>{ordered}</c> for the columns that
/// order needs, <c>{fence}</c> ends a subquery that may have to be carried out by itself; <c>@Size</c> and <c>@Position</c> bound the page.
/// </summary>
internal sealed record ListSql(string Page, string Count);

/// <summary>Reads a page of a list and how many items the list has, as of one moment.</summary>
internal static class ListReader
{
    /// <summary>So many items are found and sorted about as fast as they are counted.</summary>
    private const long FencedItems = 100_000;

    /// <summary>The page; refused where it costs more than the database's <see cref="QueryBudget"/> allows.</summary>
    /// <param name="scope">The parameters of the slice's own conditions.</param>
    /// <param name="rows">Makes the reader of one row, from the result's columns.</param>
    public static Task<Answer<ListPage<T>>> ReadAsync<T>(
        Tenant tenant, ListRequest request, ListSql sql, object? scope, Func<DbDataReader, Func<DbDataReader, T>> rows, CancellationToken cancellationToken)
    {
        var parameters = Query.Parameters(scope);
        var filter = request.Filter is null ? "true" : new FilterSql(parameters).Write(request.Filter);
        if (request.After is { } after)
        {
            filter += $" and ({string.Join(", ", request.Shape.Keys.Select(key => key.Column))}) > ({string.Join(", ", after.Select((_, i) => $"@After{i}"))})";
            for (var i = 0; i < after.Count; i++)
            {
                parameters.Add($"After{i}", after[i]);
            }
        }

        var archived = request.Archived.ToSql(request.Shape.Live ?? "true");
        parameters.Add("Size", request.Page.Size);
        parameters.Add("Position", request.Page.Position);
        return tenant.Queries.ReadAsync(request.AccountId, ReadAsync, cancellationToken);

        async Task<ListPage<T>> ReadAsync(Query query)
        {
            var total = request.Total ?? await query.Connection.ExecuteScalarAsync<long>(Command(CountSql(sql.Count, request)));
            var items = new List<T>();
            if (request.Page.Position < total)
            {
                await using var reader = await query.Connection.ExecuteReaderAsync(Command(PageSql(sql.Page, request, total)));
                for (var read = rows(reader); await reader.ReadAsync(query.CancellationToken);)
                {
                    items.Add(read(reader));
                }
            }

            return ListPage<T>.Of(request, total, items);

            CommandDefinition Command(string text) => query.Command(text.Replace("{filter}", $"{archived} and {filter}", StringComparison.Ordinal), parameters);
        }
    }

    // All that there are less the archived ones: both are counted in indexes, while a live record shows only in its table that it is one.
    private static string CountSql(string sql, ListRequest request) => request is { Filter: null, Archived: ArchivedFilter.Live, Shape.Live: { } live }
        ? $"select ({sql.Replace("{filter}", "true", StringComparison.Ordinal)}) - ({sql.Replace("{filter}", ArchivedFilter.Archived.ToSql(live), StringComparison.Ordinal)})"
        : sql;

    // The planner only guesses how many items fit. Where it guesses many and there are few, it walks the whole list in order, looking for them;
    // their number is known here, and where it is small, the fence makes it look for them first.
    private static string PageSql(string sql, ListRequest request, long total)
    {
        var keys = request.Shape.Keys.Where(key => !request.Order.Any(order => order.Field == key)).Select(key => key.Column).ToArray(); // they break ties
        return sql
            .Replace("{order}", string.Join(", ", request.Order.Select(order => order.Sql).Concat(keys)), StringComparison.Ordinal)
            .Replace("{ordered}", string.Join(", ", request.Order.Select(order => order.Field.Source).Concat(keys).Distinct()), StringComparison.Ordinal)
            .Replace("{fence}", request.Filter is not null && total <= FencedItems ? "offset 0" : "", StringComparison.Ordinal);
    }
}
