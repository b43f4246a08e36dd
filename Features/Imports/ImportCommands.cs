using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.CommandLine;

namespace CrmImport.Features.Imports;

/// <summary><c>import FILE</c> and <c>imports …</c>: sends a file to a running service, shows how far its import is, and lists, cancels and undoes imports.</summary>
internal static class ImportCommands
{
    private const int TriesToSend = 5;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    private static readonly Argument<FileInfo> Source = new Argument<FileInfo>("file") { Description = "CSV, NDJSON, JSON or xlsx, by its extension; .gz too." }.AcceptExistingOnly();
    private static readonly Argument<string> Id = new("id") { Description = "The import's id." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Store nothing, and report what would be done." };
    private static readonly Option<string?> Mapping = new("--mapping") { Description = "What the columns are, as JSON: {\"Column\":\"field\"}, or a file that holds it." };
    private static readonly Option<FileInfo?> Rejects = new("--rejects") { Description = "Write the rejected rows to this file, to be mended and imported again." };
    private static readonly Option<FileInfo?> Results = new("--results") { Description = "Write what became of each row to this file, as NDJSON." };
    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Return when the file was taken, before it is imported." };
    private static readonly Option<string?> Key = new("--idempotency-key") { Description = "The same import under the same key is carried out once; left out: a new one, for the tries of this command." };

    /// <summary>Options that are sent as they are: their names here, and there.</summary>
    private static readonly (Option<string?> Option, string Parameter)[] Sent =
    [
        (new("--name") { Description = "A name for the import." }, "name"),
        (new("--operation") { Description = "upsert, create or update." }, "operation"),
        (new("--mode") { Description = "partial or atomic." }, "mode"),
        (new("--blank") { Description = "What an empty cell does: keep or clear." }, "blank"),
        (new("--on-duplicate") { Description = "For a contact that is in the file again: last, first or reject." }, "onDuplicate"),
        (new("--locations") { Description = "merge or replace." }, "locations"),
        (new("--max-rejects") { Description = "Stop once more rows are rejected." }, "maxRejects"),
        (new("--max-rejects-percent") { Description = "Stop once more percent of the rows are rejected." }, "maxRejectsPercent"),
        (new("--delimiter") { Description = "Of a CSV; detected if left out." }, "delimiter"),
        (new("--encoding") { Description = "Of a CSV that is not UTF-8, for example windows-1252." }, "encoding"),
        (new("--sheet") { Description = "Of a workbook." }, "sheet"),
        (new("--from") { Description = "The id of an earlier import, whose options and mapping hold." }, "from"),
    ];

    public static Command MakeImport(CommandHost host) => host.OverHttp(
        "import",
        "Import contacts from a file into a running service, and wait for the end. Exit codes: 0 all rows are in, 1 rows were rejected or the import failed, 2 wrong usage.",
        [Source, DryRun, Mapping, Rejects, Results, NoWait, Key, .. Sent.Select(sent => sent.Option)],
        ImportAsync);

    public static Command MakeImports(CommandHost host) => CommandHost.Group(
        "imports",
        "Imports from files, of a running service.",
        host.OverHttp("list", "List imports, the newest first.", [], ListAsync),
        host.OverHttp("show", "Show an import.", [Id], (parsed, client, printer, cancellationToken) => ShowAsync(client, parsed.GetRequiredValue(Id), HttpMethod.Get, "", printer, cancellationToken)),
        host.OverHttp("cancel", "Cancel an import; what is in stays in.", [Id], (parsed, client, printer, cancellationToken) => ShowAsync(client, parsed.GetRequiredValue(Id), HttpMethod.Post, "/cancel", printer, cancellationToken)),
        host.OverHttp("undo", "Undo an import, and wait for the end: what it created is archived, what it changed gets its former values.", [Id, DryRun], UndoAsync));

    private static async Task<int> ImportAsync(ParseResult parsed, ServiceClient client, CommandPrinter printer, CancellationToken cancellationToken)
    {
        var file = parsed.GetRequiredValue(Source);
        CheckFiles(file, parsed);
        var import = await ImportProgress.ShowAsync(printer, async progress =>
        {
            var accepted = await SendAsync(client, file, parsed, progress, cancellationToken);
            return parsed.GetValue(NoWait) ? accepted : await WaitAsync(client, accepted, progress, cancellationToken);
        });
        if (import["finishedAt"] is null)
        {
            return printer.Print(Output(import));
        }

        printer.Print(Output(import));
        await SaveAsync(client, import, "rejects", parsed.GetValue(Rejects), cancellationToken);
        await SaveAsync(client, import, "results", parsed.GetValue(Results), cancellationToken);
        return IsGood(import) ? CommandLine.Done : CommandLine.Refused;
    }

    // Before anything is sent: afterwards it would be too late.
    private static void CheckFiles(FileInfo file, ParseResult parsed)
    {
        if (Directory.Exists(file.FullName))
        {
            throw new WrongUsageException($"{file} is a directory.");
        }

        foreach (var option in new[] { Rejects, Results })
        {
            if (parsed.GetValue(option) is not { } target)
            {
                continue;
            }

            if (parsed.GetValue(NoWait))
            {
                throw new WrongUsageException($"{option.Name} needs the end of the import, which --no-wait does not wait for.");
            }

            if (target.FullName == file.FullName)
            {
                throw new WrongUsageException($"{option.Name} must not be the file that is imported.");
            }

            try
            {
                using var writable = target.OpenWrite();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new WrongUsageException($"{option.Name}: {exception.Message}");
            }
        }
    }

    // With a key and a digest: a connection that breaks, or an answer that is lost, leads to no second import.
    private static async Task<JsonObject> SendAsync(ServiceClient client, FileInfo file, ParseResult parsed, ImportProgress progress, CancellationToken cancellationToken)
    {
        var (path, key) = ($"/api/v1/imports?{Query(file, parsed)}", parsed.GetValue(Key) ?? Guid.NewGuid().ToString());
        byte[] digest;
        await using (var content = file.OpenRead())
        {
            digest = await SHA256.HashDataAsync(content, cancellationToken);
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var answer = await client.SendAsync(() => Request(file, path, key, digest, progress), cancellationToken);
                return JsonNode.Parse(await answer.Content.ReadAsStringAsync(cancellationToken))!["data"]!.AsObject();
            }
            catch (Exception exception) when (attempt < TriesToSend && IsWorthATry(exception))
            {
                await Task.Delay(TimeSpan.FromSeconds(attempt), cancellationToken);
            }
        }
    }

    private static bool IsWorthATry(Exception exception) =>
        exception is HttpRequestException { InnerException: IOException } or ServiceRefusalException { Status: 408 or 409 or 429 or >= 500 };

    private static HttpRequestMessage Request(FileInfo file, string path, string key, byte[] digest, ImportProgress progress)
    {
        var format = InputFormats.OfFileName(file.Name) ?? throw new WrongUsageException($"{file.Name} should end in .csv, .tsv, .ndjson, .jsonl, .json or .xlsx, or that and .gz.");
        var content = new StreamContent(new ReportingStream(file.OpenRead(), sent => progress.Sent(sent, file.Length)), 128 * 1024);
        content.Headers.ContentType = new MediaTypeHeaderValue(format.MediaType());
        content.Headers.ContentLength = file.Length;
        if (file.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Add("Idempotency-Key", key);
        request.Headers.Add("Content-Digest", $"sha-256=:{Convert.ToBase64String(digest)}:");
        request.Headers.ExpectContinue = true;
        return request;
    }

    private static string Query(FileInfo file, ParseResult parsed)
    {
        var parameters = new List<(string Name, string Value)> { ("fileName", file.Name) };
        foreach (var (option, parameter) in Sent)
        {
            if (parsed.GetValue(option) is { } value)
            {
                parameters.Add((parameter, value));
            }
        }

        if (parsed.GetValue(DryRun))
        {
            parameters.Add(("dryRun", "true"));
        }

        if (parsed.GetValue(Mapping) is { } mapping)
        {
            parameters.Add(("mapping", mapping.TrimStart().StartsWith('{') ? mapping : ReadMapping(mapping)));
        }

        return string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));
    }

    private static string ReadMapping(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WrongUsageException($"--mapping: {exception.Message}");
        }
    }

    private static async Task<JsonObject> WaitAsync(ServiceClient client, JsonObject accepted, ImportProgress progress, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            for (var import = accepted; ; import = (await client.SendJsonAsync(HttpMethod.Get, $"/api/v1/imports/{accepted["id"]}", cancellationToken))["data"]!.AsObject())
            {
                progress.Imported(import);
                if (import["finishedAt"] is not null)
                {
                    return import;
                }

                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new InterruptedException($"Interrupted; import {accepted["id"]} goes on. See `imports show`, or stop it with `imports cancel`.");
        }
    }

    private static async Task SaveAsync(ServiceClient client, JsonObject import, string what, FileInfo? file, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return;
        }

        using var answer = await client.SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"/api/v1/imports/{import["id"]}/{what}"), cancellationToken);
        await using var target = file.Create();
        await answer.Content.CopyToAsync(target, cancellationToken);
    }

    private static async Task<int> ListAsync(ParseResult parsed, ServiceClient client, CommandPrinter printer, CancellationToken cancellationToken)
    {
        var page = await client.SendJsonAsync(HttpMethod.Get, "/api/v1/imports?orderBy=createdAt&desc=true&size=100", cancellationToken);
        var items = page["items"]!.AsArray();
        return printer.Print(new CommandOutput(items, string.Join('\n', items.Select(item => $"{item!["id"]} {item["createdAt"]} {item["state"],-9} {item["rowsRead"]} rows, {item["rowsRejected"]} rejected {item["fileName"]} {item["name"]}".TrimEnd()))));
    }

    private static async Task<int> ShowAsync(ServiceClient client, string id, HttpMethod method, string action, CommandPrinter printer, CancellationToken cancellationToken) =>
        printer.Print(Output((await client.SendJsonAsync(method, $"/api/v1/imports/{Uri.EscapeDataString(id)}{action}", cancellationToken))["data"]!.AsObject()));

    private static async Task<int> UndoAsync(ParseResult parsed, ServiceClient client, CommandPrinter printer, CancellationToken cancellationToken)
    {
        var path = $"/api/v1/imports/{Uri.EscapeDataString(parsed.GetRequiredValue(Id))}/undo?dryRun={(parsed.GetValue(DryRun) ? "true" : "false")}";
        var undo = await ImportProgress.ShowAsync(printer, async progress =>
            await WaitAsync(client, (await client.SendJsonAsync(HttpMethod.Post, path, cancellationToken))["data"]!.AsObject(), progress, cancellationToken));
        printer.Print(Output(undo));
        return IsGood(undo) ? CommandLine.Done : CommandLine.Refused;
    }

    private static bool IsGood(JsonObject import) => (string?)import["state"] == ImportStates.Completed && Number(import, "rowsRejected") == 0;

    private static CommandOutput Output(JsonObject import) => new(import.DeepClone(), string.Join('\n', Lines(import)));

    private static IEnumerable<string> Lines(JsonObject import)
    {
        var isDryRun = (bool?)import["options"]?["dryRun"] == true;
        yield return $"import {import["id"]} {import["state"]}{(isDryRun ? " (dry run: nothing was stored)" : "")}";
        yield return string.Create(CultureInfo.InvariantCulture, $"{Number(import, "rowsRead"):N0} rows: {Number(import, "rowsCreated"):N0} created, {Number(import, "rowsUpdated"):N0} updated, {Number(import, "rowsUnchanged"):N0} unchanged, {Number(import, "rowsRejected"):N0} rejected");
        foreach (var kind in import["rejects"]?.AsArray() ?? [])
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {Number(kind!.AsObject(), "rows"):N0} {kind["code"]} {kind["field"]}, first in line {kind["line"]}: {kind["message"]}");
        }

        foreach (var problem in (import["problems"]?.AsArray() ?? []).Concat(import["warnings"]?.AsArray() ?? []))
        {
            yield return $"  {problem!["code"]}: {problem["message"]}";
        }
    }

    private static long Number(JsonObject import, string name) => (long?)import[name] ?? 0;

    /// <summary>Tells how much of it was read.</summary>
    private sealed class ReportingStream(Stream inner, Action<long> report) : Stream
    {
        private long total;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position { get => total; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            total += read;
            report(total);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
