using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrmImport.Features.Contacts;
using CrmImport.Features.Imports.Reading;
using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using MediatR;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Features.Imports.SubmitImport;

internal sealed class SubmitImportHandler(IOptions<ImportsOptions> limits, TimeProvider clock) : IRequestHandler<SubmitImportCommand, Answer<SubmittedImport>>
{
    private const int RetryAfterSeconds = 10;

    private const string CountOpen = "select count(*) from import where finished_at is null";

    private const string Insert =
        """
        insert into import (import_id, account_id, account, caller, name, file_name, format, options, state, created_at, idempotency_key, claimed_until)
        values (@ImportId, @AccountId, @Account, @Caller::json, @Name, @FileName, @Format, @Options::json, 'receiving', @At, @Key, now())
        on conflict (account_id, idempotency_key) do nothing
        """;

    private const string FindByKey = $"select {ImportTable.Columns} from import where account_id = @AccountId and idempotency_key = @Key";

    private const string FindSame =
        $"""
        select {ImportTable.Columns} from import
        where sha256 = @Sha256 and import_id <> @ImportId and (@SeesAll or account_id = @AccountId) and undo_of is null
        order by created_at desc limit 1
        """;

    private const string Queue =
        """
        update import
        set state = 'queued', claimed_until = null, bytes = @Bytes, sha256 = @Sha256, fingerprint = @Fingerprint, layout = @Layout::json, next_offset = @Offset, next_line = @Line, warnings = @Warnings::json
        where import_id = @ImportId;

        select pg_notify('crmimport', 'import:' || @ImportId)
        """;

    private const string Remove = "delete from import where import_id = @ImportId and state = 'receiving'";

    public async Task<Answer<SubmittedImport>> Handle(SubmitImportCommand request, CancellationToken cancellationToken)
    {
        var content = new HashedStream(request.Source.Content);
        var importId = Guid.CreateVersion7();
        while (true)
        {
            if (await FindReplayAsync(request, content, cancellationToken) is { } replay)
            {
                return replay;
            }

            var begun = await BeginAsync(request, importId, cancellationToken);
            if (begun.Refusal is { } refusal)
            {
                return refusal;
            }

            if (begun.Value)
            {
                break; // else another request with the key was faster
            }
        }

        Refusal? fault = null;
        var isTaken = false;
        try
        {
            fault = await TakeInAsync(request, importId, content, cancellationToken);
            isTaken = fault is null;
        }
        finally
        {
            if (!isTaken)
            {
                await RemoveAsync(request.Tenant, importId);
            }
        }

        return fault is not null ? fault : new SubmittedImport(await FindAsync(request, importId, cancellationToken), IsReplay: false);
    }

    private async Task<Answer<bool>> BeginAsync(SubmitImportCommand request, Guid importId, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(ImportStore.Lock, cancellationToken: cancellationToken));
        if (await connection.ExecuteScalarAsync<int>(new CommandDefinition(CountOpen, cancellationToken: cancellationToken)) >= limits.Value.Running + limits.Value.Waiting)
        {
            return new Refusal(ApiErrors.TooManyImports, $"{limits.Value.Waiting} imports are waiting already") { RetryAfterSeconds = RetryAfterSeconds };
        }

        var isAdded = await connection.ExecuteAsync(new CommandDefinition(
            Insert,
            new
            {
                ImportId = importId,
                request.Caller.AccountId,
                Account = request.Caller.OpId,
                Caller = ImportCaller.ToJson(request.Caller),
                request.Name,
                request.Source.FileName,
                Format = request.Source.Format.Text(),
                Options = JsonSerializer.Serialize(request.Options, ImportOptionsJson.Default.ImportOptions),
                At = clock.DatabaseNow(),
                Key = request.Key?.Value,
            },
            cancellationToken: cancellationToken)) == 1;
        await transaction.CommitAsync(cancellationToken);
        return isAdded;
    }

    private async Task<Refusal?> TakeInAsync(SubmitImportCommand request, Guid importId, HashedStream content, CancellationToken cancellationToken)
    {
        var (source, maxBytes) = (request.Source, limits.Value.Mebibytes * 1024L * 1024);
        var pieces = new PieceWriter(request.Tenant, importId);
        var intake = new InputIntake(pieces, source.Format, request.Options.Encoding is { } name ? Encoding.GetEncoding(name) : null, maxBytes);
        try
        {
            await using var gzip = source.IsGzip ? new GZipStream(content, CompressionMode.Decompress, leaveOpen: true) : null;
            if (await intake.ReadAsync(gzip ?? (Stream)content, cancellationToken) is { } refusal)
            {
                return refusal;
            }
        }
        catch (InvalidDataException)
        {
            return new Refusal(ApiErrors.InvalidFile, source.IsGzip ? "The body is not gzip, or it is cut off" : "The form is cut off");
        }

        var digest = await content.FinishAsync(cancellationToken);
        if (request.Key?.Digest is { } wanted && !wanted.AsSpan().SequenceEqual(digest))
        {
            return new Refusal(ApiErrors.DigestMismatch, "The body is not the one that its Content-Digest is of");
        }

        if (await source.CheckEndAsync(cancellationToken) is { } unended)
        {
            return unended;
        }

        if (pieces.Bytes == 0)
        {
            return new Refusal(ApiErrors.EmptyFile, "The file is empty");
        }

        var layout = InputHeader.Read(new PieceStream(request.Tenant, importId, pieces.Bytes), source.Format, request.Options, await request.Tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken), maxBytes);
        return layout.Refusal ?? await QueueAsync(request, importId, pieces.Bytes, intake.Sha256, Fingerprint(request.Key, digest), layout.Value, cancellationToken);
    }

    private async Task<Refusal?> QueueAsync(
        SubmitImportCommand request, Guid importId, long bytes, byte[] sha256, byte[]? fingerprint, TableLayout? layout, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var warnings = (layout?.Warnings ?? []).Select(warning => FileProblem.Of(warning)).ToList();
        var same = await connection.QuerySingleOrDefaultAsync<ImportTable>(new CommandDefinition(
            FindSame, new { Sha256 = sha256, ImportId = importId, SeesAll = ImportAccess.SeesAll(request.Caller), request.Caller.AccountId }, cancellationToken: cancellationToken));
        if (same is not null)
        {
            warnings.Add(FileProblem.Of(ApiErrors.ImportedBefore, $"A file with the same content was imported at {same.CreatedAt:yyyy-MM-ddTHH:mm:ssZ} by {same.Account}: import {same.ImportId}"));
        }

        var first = layout?.FirstRow ?? InputPosition.Beginning;
        await connection.ExecuteAsync(new CommandDefinition(
            Queue,
            new
            {
                ImportId = importId,
                Bytes = bytes,
                Sha256 = sha256,
                Fingerprint = fingerprint,
                Layout = layout is null ? null : JsonSerializer.Serialize(layout.Stored, ImportJson.Default.StoredLayout),
                first.Offset,
                first.Line,
                Warnings = JsonSerializer.Serialize(warnings, ImportJson.Default.IReadOnlyListFileProblem),
            },
            cancellationToken: cancellationToken));
        await AuditTrail.AddAsync(
            connection,
            new AuditedAccount(request.Caller.OpId, request.Caller.Kind),
            request.Caller.Origin,
            new AuditedChange(RecordTypes.Import, "", "", WriteOutcome.Created.Text(), StatusCodes.Status202Accepted, null, clock.DatabaseNow()) { RecordRef = importId.ToString() },
            cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        return null;
    }

    // The import that an earlier request with the same key began; refused where that asked for something else, or its input still arrives.
    private static async Task<Answer<SubmittedImport>?> FindReplayAsync(SubmitImportCommand request, HashedStream content, CancellationToken cancellationToken)
    {
        if (request.Key is not { Value: { } key })
        {
            return null;
        }

        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        if (await connection.QuerySingleOrDefaultAsync<ImportTable>(new CommandDefinition(FindByKey, new { request.Caller.AccountId, Key = key }, cancellationToken: cancellationToken)) is not { } earlier)
        {
            return null;
        }

        if (earlier.State == ImportStates.Receiving)
        {
            return new Refusal(ApiErrors.IdempotencyKeyInUse, $"The file of a request with the {IdempotencyKey.Header} {key} is still arriving") { RetryAfterSeconds = RetryAfterSeconds };
        }

        var digest = request.Key.Digest ?? await content.FinishAsync(cancellationToken);
        return Fingerprint(request.Key, digest)!.AsSpan().SequenceEqual(earlier.Fingerprint)
            ? new SubmittedImport(await FindAsync(request, earlier.ImportId, cancellationToken), IsReplay: true)
            : new Refusal(ApiErrors.IdempotencyKeyReused, $"The {IdempotencyKey.Header} {key} was used for another request");
    }

    private static byte[]? Fingerprint(ImportKey? key, byte[] digest) =>
        key?.Value is null ? null : SHA256.HashData([.. Encoding.UTF8.GetBytes(key.Request), 0, .. digest]);

    // As it is by now; or at its end, where that is waited for.
    private static async Task<Import> FindAsync(SubmitImportCommand request, Guid importId, CancellationToken cancellationToken)
    {
        using var watch = new ImportWatch(request.Tenant, importId);
        while (true)
        {
            var import = (await ImportAccess.FindAsync(request.Tenant, request.Caller, importId, cancellationToken))!;
            if (import.IsOver || !request.Waits)
            {
                return import;
            }

            await watch.WaitAsync(cancellationToken);
        }
    }

    private static async Task RemoveAsync(Tenant tenant, Guid importId)
    {
        try
        {
            await using var connection = await tenant.Db.OpenConnectionAsync(CancellationToken.None);
            await connection.ExecuteAsync(Remove, new { ImportId = importId });
        }
        catch (NpgsqlException)
        {
            // it expires
        }
    }

    /// <summary>The body as it comes, hashed while it is read.</summary>
    private sealed class HashedStream(Stream inner) : Stream
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private byte[]? finished;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <summary>The SHA-256 of the whole body, whose rest is read.</summary>
        public async Task<byte[]> FinishAsync(CancellationToken cancellationToken)
        {
            if (finished is null)
            {
                var rest = new byte[64 * 1024];
                while (await ReadAsync(rest, cancellationToken) > 0)
                {
                }

                finished = hash.GetHashAndReset();
            }

            return finished;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            hash.AppendData(buffer.Span[..read]);
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
                hash.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
