using System.Text;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>Texts of parameters by code points, as callers and PostgreSQL count them, and what of them PostgreSQL cannot take.</summary>
internal static class StorableText
{
    /// <summary>Where the first NUL or lone surrogate stands; -1 where there is none.</summary>
    public static int FirstFault(ReadOnlySpan<char> text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '\0' || Rune.DecodeFromUtf16(text[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return at;
            }

            at += length;
        }

        return -1;
    }

    /// <summary>Where the first code point after that many begins; -1 where there are no more.</summary>
    public static int Beyond(ReadOnlySpan<char> text, int most)
    {
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (most-- == 0)
            {
                return at;
            }

            at += rune.Utf16SequenceLength;
        }

        return -1;
    }

    public static int CodePoints(ReadOnlySpan<char> text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }
}
