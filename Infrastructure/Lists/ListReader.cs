using System.Data;
using System.Data.Common;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Lists;

/// <summary>The statements of a list: <c>{filter}</c> stands for the caller's condition, <c>{order}</c> for its order; <c>@Size</c> and <c>@Position</c> bound the page.</summary>
internal sealed record ListSql(string Page, string Count);

/// <summary>Reads a page of a list and how many items the list has, as of one moment.</summary>
internal static class ListReader
{
    private const string Filter = "{filter}";
    private const string Order = "{order}";

    /// <param name="scope">The parameters of the slice's own conditions.</param>
    /// <param name="rows">Makes the reader of one row, from the result's columns.</param>
    public static async Task<ListPage<T>> ReadAsync<T>(
        NpgsqlDataSource db, ListRequest request, ListSql sql, object? scope, Func<DbDataReader, Func<DbDataReader, T>> rows, CancellationToken cancellationToken)
    {
        var parameters = new DynamicParameters(scope);
        var filter = request.Filter is null ? "true" : new FilterSql(parameters).Write(request.Filter);
        parameters.Add("Size", request.Page.Size);
        parameters.Add("Position", request.Page.Position);

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var items = new List<T>();
        await using (var reader = await connection.ExecuteReaderAsync(Command(sql.Page.Replace(Order, OrderOf(request), StringComparison.Ordinal))))
        {
            for (var read = rows(reader); await reader.ReadAsync(cancellationToken);)
            {
                items.Add(read(reader));
            }
        }

        // A page that is not full ends the list, so that it tells how long the list is.
        var endsTheList = items.Count < request.Page.Size && (items.Count > 0 || request.Page.Position == 0);
        var total = endsTheList ? request.Page.Position + items.Count : await connection.ExecuteScalarAsync<long>(Command(sql.Count));
        return ListPage<T>.Of(request, total, items);

        CommandDefinition Command(string text) =>
            new(text.Replace(Filter, filter, StringComparison.Ordinal), parameters, moment, cancellationToken: cancellationToken);
    }

    // Ties are broken by the key, so that pages neither skip nor repeat an item.
    private static string OrderOf(ListRequest request)
    {
        var keys = request.Shape.Keys.Where(key => !request.Order.Any(order => order.Field == key)).Select(key => key.Column);
        return string.Join(", ", request.Order.Select(order => order.Sql).Concat(keys));
    }
}
