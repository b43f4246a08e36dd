using System.IO.Compression;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Features.Imports.Running;

/// <summary>Keeps an import's input in the database as it arrives, in compressed pieces of a mebibyte.</summary>
internal sealed class PieceWriter(Tenant tenant, Guid importId) : IInputSink
{
    public const int PieceBytes = 1024 * 1024;

    private const string Insert = "insert into import_piece (import_id, number, body) values (@ImportId, @Number, @Body)";

    private readonly byte[] piece = new byte[PieceBytes];
    private int filled;
    private int number;

    /// <summary>What was written, in bytes before compression.</summary>
    public long Bytes { get; private set; }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Bytes += bytes.Length;
        while (bytes.Length > 0)
        {
            var part = bytes[..Math.Min(bytes.Length, PieceBytes - filled)];
            part.CopyTo(piece.AsMemory(filled));
            filled += part.Length;
            bytes = bytes[part.Length..];
            if (filled == PieceBytes)
            {
                await FlushAsync(cancellationToken);
            }
        }
    }

    /// <summary>Stores the last piece, which may be shorter.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (filled == 0)
        {
            return;
        }

        var body = Compression.Deflate(piece.AsSpan(0, filled));
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Insert, new { ImportId = importId, Number = number, Body = body }, cancellationToken: cancellationToken));
        (filled, number) = (0, number + 1);
    }
}

/// <summary>Reads an import's input from its pieces, from any place on.</summary>
internal sealed class PieceStream(Tenant tenant, Guid importId, long length) : Stream
{
    private const string Select = "select body from import_piece where import_id = @ImportId and number = @Number";

    private readonly byte[] piece = new byte[PieceWriter.PieceBytes];
    private int filled;
    private long number = -1;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get; set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position >= length || buffer.IsEmpty)
        {
            return 0;
        }

        if (Position / PieceWriter.PieceBytes != number)
        {
            var wanted = Position / PieceWriter.PieceBytes;
            await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
            filled = Compression.Inflate(await connection.QuerySingleAsync<byte[]>(new CommandDefinition(Select, Parameters(wanted), cancellationToken: cancellationToken)), piece);
            number = wanted;
        }

        return Copy(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // For workbooks, whose reader knows no other way.
    public override int Read(Span<byte> buffer)
    {
        if (Position >= length || buffer.IsEmpty)
        {
            return 0;
        }

        if (Position / PieceWriter.PieceBytes != number)
        {
            var wanted = Position / PieceWriter.PieceBytes;
            using var connection = tenant.Db.OpenConnectionAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            filled = Compression.Inflate(connection.QuerySingle<byte[]>(Select, Parameters(wanted)), piece);
            number = wanted;
        }

        return Copy(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private object Parameters(long wanted) => new { ImportId = importId, Number = (int)wanted };

    private int Copy(Span<byte> buffer)
    {
        var rest = piece.AsSpan(0, filled)[(int)(Position % PieceWriter.PieceBytes)..];
        var count = Math.Min(rest.Length, buffer.Length);
        rest[..count].CopyTo(buffer);
        Position += count;
        return count;
    }
}

/// <summary>How pieces and results are compressed: fast rather than small.</summary>
internal static class Compression
{
    public static byte[] Deflate(ReadOnlySpan<byte> bytes)
    {
        var compressed = new MemoryStream(bytes.Length / 4);
        using (var stream = new DeflateStream(compressed, CompressionLevel.Fastest))
        {
            stream.Write(bytes);
        }

        return compressed.ToArray();
    }

    /// <summary>Into a buffer that is large enough; how much of it is filled.</summary>
    public static int Inflate(byte[] compressed, byte[] buffer)
    {
        using var stream = new DeflateStream(new MemoryStream(compressed), CompressionMode.Decompress);
        return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    }

    public static byte[] Inflate(byte[] compressed)
    {
        using var stream = new DeflateStream(new MemoryStream(compressed), CompressionMode.Decompress);
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
