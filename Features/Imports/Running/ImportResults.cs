using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Features.Imports.Running;

/// <summary>The results of an import's rows, chunk after chunk.</summary>
internal static class ImportResults
{
    private const string Select =
        """
        select first_row, rows, rejected, first_offset, first_line, body
        from import_chunk
        where import_id = @ImportId and first_row >= @FirstRow and (rejected > 0 or not @RejectedOnly)
        order by first_row
        limit 1
        """;

    /// <summary>The chunks, one at a time: an import that runs adds to them.</summary>
    public static async IAsyncEnumerable<StoredChunk> ReadAsync(Tenant tenant, Guid importId, bool rejectedOnly, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var firstRow = 0L; ;)
        {
            StoredChunk? chunk;
            await using (var connection = await tenant.Db.OpenConnectionAsync(cancellationToken))
            {
                chunk = await connection.QuerySingleOrDefaultAsync<StoredChunk>(new CommandDefinition(
                    Select, new { ImportId = importId, FirstRow = firstRow, RejectedOnly = rejectedOnly }, cancellationToken: cancellationToken));
            }

            if (chunk is null)
            {
                yield break;
            }

            yield return chunk;
            firstRow = chunk.FirstRow + 1;
        }
    }
}

/// <summary>A chunk's results as they are stored.</summary>
internal sealed record StoredChunk(long FirstRow, int Rows, int Rejected, long FirstOffset, long FirstLine, byte[] Body)
{
    /// <summary>The results, an object a row: line, clientRef, contactRef, outcome, problems.</summary>
    public IEnumerable<JsonObject> Results =>
        Encoding.UTF8.GetString(Compression.Inflate(Body)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject());
}
