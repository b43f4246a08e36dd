using System.Text.RegularExpressions;
using Npgsql;

namespace CrmImport.Infrastructure.Database;

/// <summary>
/// Statements of the hot path, planned once a connection: written with named parameters like any other, sent as positional ones, and prepared explicitly.
/// (The driver's own automatic preparation leaves a connection out of step when a statement fails while it is prepared; Dapper prepares nothing.)
/// </summary>
internal sealed partial class PreparedSql
{
    /// <summary>One statement, or several separated by lines that end in a semicolon: they are sent together.</summary>
    public PreparedSql(string sql) => Statements = [.. StatementEnd().Split(sql).Select(Number)];

    /// <summary>The statements as they are sent, each with the names of its parameters in the order of their numbers.</summary>
    public IReadOnlyList<(string Sql, string[] Parameters)> Statements { get; }

    /// <summary>The batch, prepared on the connection; every parameter is one of the values, by name.</summary>
    public async Task<NpgsqlBatch> PrepareAsync(NpgsqlConnection connection, ParameterValues values, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var (sql, parameters) in Statements)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var parameter in parameters)
            {
                command.Parameters.Add(values.Create(parameter));
            }

            batch.BatchCommands.Add(command);
        }

        await batch.PrepareAsync(cancellationToken);
        return batch;
    }

    /// <summary>
    /// Executes the batch. Where the caller may block its thread, it does: the answer to a lone write is there so soon that being woken by way of
    /// two other threads costs more than the waiting.
    /// </summary>
    public static async ValueTask<NpgsqlDataReader> ExecuteAsync(NpgsqlBatch batch, bool mayBlock, CancellationToken cancellationToken) =>
        mayBlock ? batch.ExecuteReader() : await batch.ExecuteReaderAsync(cancellationToken);

    private static (string Sql, string[] Parameters) Number(string sql)
    {
        var names = new List<string>();
        var numbered = Parameter().Replace(sql, match =>
        {
            if (!names.Contains(match.Groups[1].Value))
            {
                names.Add(match.Groups[1].Value);
            }

            return $"${names.IndexOf(match.Groups[1].Value) + 1}";
        });
        return (numbered, [.. names]);
    }

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex Parameter();

    [GeneratedRegex(@";\s*\n")]
    private static partial Regex StatementEnd();
}
