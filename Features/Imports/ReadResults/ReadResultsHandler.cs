using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Imports.ReadResults;

internal sealed class ReadResultsHandler : IRequestHandler<ReadResultsQuery, Answer<IAsyncEnumerable<ReadOnlyMemory<byte>>>>
{
    // The audit has what was changed; of a contact that stands in the file more than once, in the order of the rows.
    private const string Changes =
        """
        select a.client_ref, a.contact_ref, a.changes
        from unnest(@ClientRefs, @ContactRefs) as wanted (client_ref, contact_ref)
        join audit_entry a on a.client_ref = wanted.client_ref and a.contact_ref = wanted.contact_ref
        where a.import_id = @ImportId and a.record_type = 'contact'
        order by a.id
        """;

    public async Task<Answer<IAsyncEnumerable<ReadOnlyMemory<byte>>>> Handle(ReadResultsQuery request, CancellationToken cancellationToken) =>
        await ImportAccess.FindStoredAsync(request.Tenant, request.Caller, request.Id, cancellationToken) is { } import
            ? Answer<IAsyncEnumerable<ReadOnlyMemory<byte>>>.Of(WriteAsync(request, import, cancellationToken))
            : ImportAccess.NotFound(request.Id);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> WriteAsync(ReadResultsQuery request, ImportTable import, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var mayRead = request.Caller.Can(Permissions.ContactRead);
        await foreach (var chunk in ImportResults.ReadAsync(request.Tenant, import.ImportId, request.Outcome == RowResults.Rejected, cancellationToken))
        {
            var results = chunk.Results.Where(result => request.Outcome is null || (string?)result["outcome"] == request.Outcome).ToList();
            if (!mayRead)
            {
                results.ForEach(result => result.Remove("changes")); // who may only write is not shown what was stored
            }
            else if (!import.ImportOptions.DryRun)
            {
                await AddChangesAsync(request, import, results, cancellationToken);
            }

            var buffer = new ArrayBufferWriter<byte>();
            using var writer = new Utf8JsonWriter(buffer, ReadableJson.Options);
            foreach (var result in results)
            {
                result.WriteTo(writer);
                writer.Flush();
                writer.Reset();
                buffer.Write("\n"u8);
            }

            yield return buffer.WrittenMemory;
        }
    }

    private static async Task AddChangesAsync(ReadResultsQuery request, ImportTable import, List<JsonObject> results, CancellationToken cancellationToken)
    {
        var changed = results.Where(result => (string?)result["outcome"] is "created" or "updated" && result["sameContactAs"] is null).ToLookup(result => ((string)result["clientRef"]!, (string)result["contactRef"]!));
        if (changed.Count == 0)
        {
            return;
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var entries = await connection.QueryAsync<(string ClientRef, string ContactRef, string Changes)>(new CommandDefinition(
            Changes,
            new { import.ImportId, ClientRefs = changed.Select(result => result.Key.Item1).ToArray(), ContactRefs = changed.Select(result => result.Key.Item2).ToArray() },
            cancellationToken: cancellationToken));
        foreach (var ofContact in entries.GroupBy(entry => (entry.ClientRef, entry.ContactRef), entry => entry.Changes))
        {
            foreach (var (result, changes) in changed[ofContact.Key].Zip(ofContact))
            {
                result.Insert(4, "changes", JsonNode.Parse(changes));
            }
        }
    }
}
