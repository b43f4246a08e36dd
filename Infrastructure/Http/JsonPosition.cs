using System.Buffers;
using System.Text;
using System.Text.Json;

namespace CrmImport.Infrastructure.Http;

/// <summary>Turns a place in UTF-8 bytes into what a person counts: characters from 1, line and column.</summary>
internal static class JsonPosition
{
    /// <summary>Byte offset of what the JSON reader stumbled over.</summary>
    public static int Of(ReadOnlySpan<byte> json, JsonException exception)
    {
        var lineStart = 0;
        for (var line = exception.LineNumber ?? 0; line > 0; line--)
        {
            lineStart += json[lineStart..].IndexOf((byte)'\n') + 1;
        }

        return Math.Min(lineStart + (int)(exception.BytePositionInLine ?? 0), json.Length);
    }

    public static int FirstInvalid(ReadOnlySpan<byte> json)
    {
        var offset = 0;
        while (offset < json.Length && Rune.DecodeFromUtf8(json[offset..], out _, out var length) == OperationStatus.Done)
        {
            offset += length;
        }

        return offset;
    }

    /// <summary>What stands at the offset, for the message.</summary>
    public static string Describe(ReadOnlySpan<byte> json, int offset) =>
        offset >= json.Length ? "Unexpected end of the text"
        : Rune.DecodeFromUtf8(json[offset..], out var rune, out _) == OperationStatus.Done && !Rune.IsControl(rune) ? $"Unexpected '{rune}'"
        : "Unexpected control character";

    /// <summary>«character (line, column)», each counted from 1 in Unicode code points.</summary>
    public static string Locate(ReadOnlySpan<byte> json, int offset)
    {
        var before = json[..offset];
        var line = before.Count((byte)'\n') + 1;
        var column = CodePoints(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
        return $"{CodePoints(before) + 1} (line {line}, column {column})";
    }

    // Every code point has one byte that is no continuation byte.
    private static int CodePoints(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var value in utf8)
        {
            count += (value & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }
}
