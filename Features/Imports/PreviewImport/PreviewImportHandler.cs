using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Features.Contacts;
using CrmImport.Features.Imports.Reading;
using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Imports.PreviewImport;

internal sealed class PreviewImportHandler : IRequestHandler<PreviewImportQuery, Answer<ImportPreview>>
{
    private const int TextBytes = 1024 * 1024;
    private const int WorkbookBytes = 16 * 1024 * 1024; // the beginning of one is of no use
    private const long UnpackedBytes = 64L * 1024 * 1024;
    private const int RowsShown = 20;

    public async Task<Answer<ImportPreview>> Handle(PreviewImportQuery request, CancellationToken cancellationToken)
    {
        var (source, isBook) = (request.Source, request.Source.Format == InputFormat.Xlsx);
        var start = await ReadStartAsync(source, isBook ? WorkbookBytes : TextBytes, cancellationToken);
        if (start.Refusal is not null)
        {
            return start.Refusal;
        }

        var (bytes, isCut) = start.Value;
        if (!isCut && await source.CheckEndAsync(cancellationToken) is { } unended)
        {
            return unended;
        }

        if (isBook && isCut)
        {
            return new Refusal(ApiErrors.BodyTooLarge, $"A workbook to be previewed may have {WorkbookBytes} bytes; import it with dryRun=true instead");
        }

        var encoding = request.Options.Encoding is { } name ? Encoding.GetEncoding(name) : null;
        using var input = new MemorySink();
        var intake = new InputIntake(input, source.Format, encoding, UnpackedBytes);
        if (await intake.ReadAsync(new MemoryStream(isCut ? WithoutRest(bytes, encoding) : bytes), cancellationToken) is { } refusal)
        {
            return refusal;
        }

        if (input.Length == 0)
        {
            return new Refusal(ApiErrors.EmptyFile, "The file is empty");
        }

        var preview = new ImportPreview { Format = source.Format.Text(), Encoding = isBook ? null : intake.EncodingName, IsCut = isCut };
        input.Position = 0;
        return await LookAsync(request, input, preview, cancellationToken);
    }

    private static async Task<Answer<(byte[] Bytes, bool IsCut)>> ReadStartAsync(ImportSource source, int most, CancellationToken cancellationToken)
    {
        try
        {
            await using var gzip = source.IsGzip ? new GZipStream(source.Content, CompressionMode.Decompress, leaveOpen: true) : null;
            var bytes = new byte[most + 1];
            var length = await (gzip ?? source.Content).ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return (bytes[..Math.Min(length, most)], length > most);
        }
        catch (InvalidDataException)
        {
            return new Refusal(ApiErrors.InvalidFile, "The body is not gzip, or it is cut off");
        }
    }

    // Whole lines only. A line feed is one, two or four bytes, at a multiple of that.
    private static byte[] WithoutRest(byte[] bytes, Encoding? declared)
    {
        var width = bytes switch
        {
            [0xFF, 0xFE, 0, 0, ..] => 4,
            [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => 2,
            _ => declared?.GetByteCount("\n") ?? 1,
        };
        for (var end = bytes.Length / width * width; end >= width; end -= width)
        {
            var unit = bytes.AsSpan(end - width, width);
            if (unit.Contains((byte)'\n') && unit.Count((byte)0) == width - 1)
            {
                return bytes[..end];
            }
        }

        return bytes[..(bytes.Length / width * width)];
    }

    private static async Task<Answer<ImportPreview>> LookAsync(PreviewImportQuery request, Stream input, ImportPreview preview, CancellationToken cancellationToken)
    {
        var (format, options) = (request.Source.Format, request.Options);
        var stored = InputHeader.ReadStored(input, format, options, UnpackedBytes);
        if (stored.Refusal is not null)
        {
            return stored.Refusal;
        }

        TableLayout? layout = null;
        var names = await ListNames.ReadAsync(request.Tenant, cancellationToken);
        if (stored.Value is { } header)
        {
            var columns = ColumnProposals.Of(header.Header, options.Mapping, names.Contact);
            var mapping = Propose(columns, options.Mapping);
            options = options with { Mapping = mapping.Value };
            var proposed = TableLayout.Of(header, mapping.Value, names.Contact, needsKeys: false);
            if (proposed.Refusal is not null)
            {
                return proposed.Refusal;
            }

            layout = proposed.Value;
            preview = preview with
            {
                Delimiter = format == InputFormat.Csv ? $"{header.Delimiter}" : null,
                Columns = columns,
                Mapping = columns.Any(column => column.Reason is ColumnProposals.Alternate or ColumnProposals.Similar) || options.Mapping!.Columns.Count > 0 ? ToJson(mapping.Value) : null,
                Missing = [.. names.Contact.Fields.Where(field => field is { Mandatory: true, DefaultIfAbsent: null } && !columns.Any(column => column.Field == field.Name) && options.Mapping?.Constants.ContainsKey(field.Name) != true).Select(field => field.Name)],
                Ignored = [.. columns.Where(column => column.Field is null).Select(column => column.Column)],
            };
        }

        await using var reader = RowReader.Open(format, input, layout, options, names, layout?.FirstRow ?? InputPosition.Beginning);
        return await ReadRowsAsync(reader, layout, options, preview, cancellationToken);
    }

    private static async Task<ImportPreview> ReadRowsAsync(RowReader reader, TableLayout? layout, ImportOptions options, ImportPreview preview, CancellationToken cancellationToken)
    {
        var rows = new List<PreviewRow>();
        var (count, rejected, blank) = (0, 0, 0);
        try
        {
            while (await reader.ReadAsync(cancellationToken) is { } row)
            {
                Problem[] problems = row.Fault is { } fault ? [fault] : [.. ContactRules.ProblemsOf(row.Contact!).Where(problem => problem.Field != RejectColumns.Property)];
                rejected += problems.Any(problem => problem.Level == Problem.SevereLevel) ? 1 : 0;
                blank += layout is null || options.Blank == BlankCells.Clear || row.Fault is not null ? 0
                    : row.Cells!.Index().Count(cell => cell.Index < layout.Targets.Count && layout.Targets[cell.Index] is { Location: < 0, IsVersion: false } && string.IsNullOrWhiteSpace(cell.Item));
                if (++count <= RowsShown)
                {
                    rows.Add(new(row.Line, row.Contact is null ? null : Show(row.Contact), Array.ConvertAll(problems, problem => new RowProblem(problem.Level, problem.Field, problem.Code, problem.Message))));
                }
            }
        }
        catch (BrokenInputException) when (preview.IsCut)
        {
            // it is broken where it was cut
        }
        catch (BrokenInputException exception)
        {
            preview = preview with { Problems = [FileProblem.Of(ApiErrors.InvalidFile, exception.Message, exception.Line)] };
        }

        return preview with { Rows = rows, RowsLookedAt = count, RowsRejected = rejected, BlankCellsKept = blank };
    }

    private static Answer<ImportMapping> Propose(IReadOnlyList<PreviewColumn> columns, ImportMapping? mapping)
    {
        var proposed = mapping is null ? [] : ToJson(mapping);
        foreach (var column in columns.Where(column => column.Reason is ColumnProposals.Alternate or ColumnProposals.Similar))
        {
            proposed[column.Column.Trim()] = column.Field;
        }

        return ImportMapping.Parse(proposed.ToJsonString());
    }

    private static JsonObject ToJson(ImportMapping mapping) => JsonNode.Parse(RecordAnswer.ToJson(mapping.Write))!.AsObject();

    // The fields that the row gives, and what they were read as.
    private static JsonObject Show(RecordInput record)
    {
        var shown = new JsonObject();
        for (var i = 0; i < record.Shape.Fields.Count; i++)
        {
            if (record.IsPresent(i) && record.ReadingProblem(i) is null)
            {
                shown[record.Shape.Fields[i].Name] = record[i] switch
                {
                    null => null,
                    string text => text,
                    int number => number,
                    bool flag => flag,
                    DateOnly day => FieldValue.Iso(day),
                    var value => value.ToString(),
                };
            }
        }

        if (record.Children is { } children)
        {
            shown[record.Shape.ChildrenName!] = new JsonArray([.. children.Select(child => (JsonNode)Show(child))]);
        }

        return shown;
    }

    private sealed class MemorySink : MemoryStream, IInputSink
    {
        long IInputSink.Bytes => Length;

        Task IInputSink.WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => WriteAsync(bytes, cancellationToken).AsTask();
    }
}
