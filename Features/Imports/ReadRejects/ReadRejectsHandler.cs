using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using CrmImport.Features.Imports.Reading;
using CrmImport.Features.Imports.Returning;
using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Answers;
using MediatR;

namespace CrmImport.Features.Imports.ReadRejects;

/// <summary>Reads the input again, where a chunk has rejected rows or from where the import ended.</summary>
internal sealed class ReadRejectsHandler : IRequestHandler<ReadRejectsQuery, Answer<ReturnedRows>>
{
    private const int RowsAtATime = 1000;

    public async Task<Answer<ReturnedRows>> Handle(ReadRejectsQuery request, CancellationToken cancellationToken)
    {
        if (await ImportAccess.FindStoredAsync(request.Tenant, request.Caller, request.Id, cancellationToken) is not { } import)
        {
            return ImportAccess.NotFound(request.Id);
        }

        if (import.UndoOf is not null)
        {
            return new Refusal(ApiErrors.ImportWithoutFile, "The import is an undo, which has no file; its results name what was kept");
        }

        if (request.IsUnprocessed && import.FinishedAt is null)
        {
            return new Refusal(ApiErrors.ImportNotOver, $"The import is {import.State}; which rows are left is known when it is over");
        }

        var names = await ListNames.ReadAsync(request.Tenant, cancellationToken);
        var rows = request.IsUnprocessed ? UnprocessedAsync(request, import, names, cancellationToken) : RejectedAsync(request, import, names, cancellationToken);
        var name = $"{Path.GetFileNameWithoutExtension(import.FileName ?? import.ImportId.ToString())}-{(request.IsUnprocessed ? "unprocessed" : "rejects")}.{import.Format}";
        return new ReturnedRows(import.InputFormat, name, WriteAsync(import, names, rows, withReasons: !request.IsUnprocessed, cancellationToken));
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> WriteAsync(
        ImportTable import, ListNames names, IAsyncEnumerable<(InputRow Row, RejectedRow? Reason)> rows, bool withReasons, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var output = RowOutput.Open(import.InputFormat, import.ReadLayout(names.Contact), withReasons);
        output.Begin();
        var count = 0;
        await foreach (var (row, reason) in rows.WithCancellation(cancellationToken))
        {
            output.Write(row, reason);
            if (++count % RowsAtATime == 0)
            {
                yield return output.Take();
            }
        }

        output.End();
        yield return output.Take();
    }

    private static async IAsyncEnumerable<(InputRow Row, RejectedRow? Reason)> RejectedAsync(ReadRejectsQuery request, ImportTable import, ListNames names, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var chunk in ImportResults.ReadAsync(request.Tenant, import.ImportId, rejectedOnly: true, cancellationToken))
        {
            await using var reader = Open(request, import, names, new(chunk.FirstOffset, chunk.FirstLine));
            foreach (var result in chunk.Results)
            {
                if (await reader.ReadAsync(cancellationToken) is { } row && Outcome(result) == RowResults.Rejected)
                {
                    yield return (row, new RejectedRow(row.Line, result["problems"]!.AsArray()));
                }
            }
        }
    }

    private static async IAsyncEnumerable<(InputRow Row, RejectedRow? Reason)> UnprocessedAsync(ReadRejectsQuery request, ImportTable import, ListNames names, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Of an atomic import that failed, the rows that were not rejected.
        await foreach (var chunk in ImportResults.ReadAsync(request.Tenant, import.ImportId, rejectedOnly: false, cancellationToken))
        {
            var results = chunk.Results.ToArray();
            if (import.ImportOptions.Mode == ImportMode.Partial || results.All(result => Outcome(result) is not (RowResults.Valid or RowResults.Rejected)))
            {
                break;
            }

            await using var reader = Open(request, import, names, new(chunk.FirstOffset, chunk.FirstLine));
            foreach (var result in results)
            {
                if (await reader.ReadAsync(cancellationToken) is { } row && Outcome(result) == RowResults.Valid)
                {
                    yield return (row, null);
                }
            }
        }

        if (import.State == ImportStates.Completed)
        {
            yield break;
        }

        await using var rest = Open(request, import, names, import.Next);
        while (await NextAsync(rest, cancellationToken) is { } row)
        {
            yield return (row, null);
        }
    }

    // What is broken cannot be returned row by row.
    private static async ValueTask<InputRow?> NextAsync(RowReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (BrokenInputException)
        {
            return null;
        }
    }

    private static RowReader Open(ReadRejectsQuery request, ImportTable import, ListNames names, InputPosition start) =>
        RowReader.Open(import.InputFormat, new PieceStream(request.Tenant, import.ImportId, import.Bytes), import.ReadLayout(names.Contact), import.ImportOptions, names, start);

    private static string? Outcome(JsonObject result) => (string?)result["outcome"];
}
