using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Features.Imports.Running;

/// <summary>
/// Takes an import's input in: in bounds, hashed, and its text as UTF-8 without a byte order mark. A CSV's encoding is the one that is named, else that of its byte order mark,
/// else UTF-8; it is never guessed, and what is not in it is refused.
/// </summary>
internal sealed class InputIntake(IInputSink pieces, InputFormat format, Encoding? declared, long maxBytes)
{
    private const int BlockBytes = 128 * 1024;
    private const int MostOfACharacter = 4;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private Decoder? decoder; // null for UTF-8
    private long lines = 1;

    /// <summary>The encoding that was found.</summary>
    public string EncodingName { get; private set; } = "utf-8";

    /// <summary>The SHA-256 of what was read.</summary>
    public byte[] Sha256 { get; private set; } = [];

    /// <summary>Reads the input to its end; the refusal where it is too large or not in its encoding.</summary>
    public async Task<Refusal?> ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        var buffer = new byte[BlockBytes + MostOfACharacter];
        var (held, total, isStart) = (0, 0L, true);
        while (true)
        {
            var read = await input.ReadAtLeastAsync(buffer.AsMemory(held, BlockBytes), isStart ? MostOfACharacter : 1, throwOnEndOfStream: false, cancellationToken);
            hash.AppendData(buffer, held, read);
            total += read;
            if (total > maxBytes || pieces.Bytes > maxBytes)
            {
                return new Refusal(ApiErrors.BodyTooLarge, $"The input is larger than {maxBytes} bytes");
            }

            var block = buffer.AsMemory(0, held + read);
            if (isStart && format != InputFormat.Xlsx)
            {
                block = block[ChooseEncoding(block.Span)..];
                isStart = false;
            }

            var isEnd = read == 0;
            var (taken, refusal) = await TakeAsync(block, isEnd, cancellationToken);
            if (refusal is not null)
            {
                return refusal;
            }

            if (isEnd)
            {
                await pieces.FlushAsync(cancellationToken);
                Sha256 = hash.GetHashAndReset();
                return null;
            }

            block[taken..].CopyTo(buffer);
            held = block.Length - taken;
        }
    }

    // The length of the byte order mark.
    private int ChooseEncoding(ReadOnlySpan<byte> start)
    {
        var (marked, length) = start switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
            [0xFF, 0xFE, 0, 0, ..] => (Encoding.UTF32, 4),
            [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
            [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
            _ => ((Encoding?)null, 0),
        };
        var encoding = declared ?? marked ?? Encoding.UTF8;
        if (encoding.CodePage != Encoding.UTF8.CodePage)
        {
            EncodingName = encoding.WebName;
            decoder = Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback).GetDecoder();
        }

        return declared is null || declared.CodePage == marked?.CodePage ? length : 0;
    }

    private async ValueTask<(int Taken, Refusal? Refusal)> TakeAsync(ReadOnlyMemory<byte> block, bool isEnd, CancellationToken cancellationToken)
    {
        if (format == InputFormat.Xlsx || (decoder is null && format != InputFormat.Csv))
        {
            await pieces.WriteAsync(block, cancellationToken); // a line of NDJSON that is not UTF-8 costs that line
            return (block.Length, null);
        }

        if (decoder is not null)
        {
            return await DecodeAsync(block, isEnd, cancellationToken);
        }

        var whole = isEnd ? block : block[..LengthOfWhole(block.Span)];
        if (!Utf8.IsValid(whole.Span))
        {
            return (0, NotIn(whole.Span[..JsonPosition.FirstInvalid(whole.Span)]));
        }

        lines += whole.Span.Count((byte)'\n');
        await pieces.WriteAsync(whole, cancellationToken);
        return (whole.Length, null);
    }

    private async ValueTask<(int Taken, Refusal? Refusal)> DecodeAsync(ReadOnlyMemory<byte> block, bool isEnd, CancellationToken cancellationToken)
    {
        var chars = ArrayPool<char>.Shared.Rent(block.Length + MostOfACharacter);
        try
        {
            int count;
            try
            {
                count = decoder!.GetChars(block.Span, chars, isEnd);
            }
            catch (DecoderFallbackException exception)
            {
                var good = Math.Clamp(exception.Index, 0, block.Length);
                return (0, NotIn(block.Span[..good]));
            }

            lines += chars.AsSpan(0, count).Count('\n');
            await pieces.WriteAsync(Encoding.UTF8.GetBytes(chars, 0, count), cancellationToken);
            return (block.Length, null);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
        }
    }

    private Refusal NotIn(ReadOnlySpan<byte> good) => Refusal.Of(
        ApiErrors.InvalidEncoding, "encoding",
        $"Line {lines + good.Count((byte)'\n')} is not {EncodingName}; send the file in UTF-8, or name its encoding, for example encoding=windows-1252");

    // Without a character at the end that is still to be completed.
    private static int LengthOfWhole(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back < MostOfACharacter && back <= text.Length; back++)
        {
            var lead = text[^back];
            if ((lead & 0xC0) != 0x80)
            {
                var needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
                return needed > back ? text.Length - back : text.Length;
            }
        }

        return text.Length;
    }
}

/// <summary>Where an input goes as it is taken in.</summary>
internal interface IInputSink
{
    /// <summary>What was written, in bytes.</summary>
    long Bytes { get; }

    Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    Task FlushAsync(CancellationToken cancellationToken);
}
