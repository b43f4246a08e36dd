namespace CrmImport.Features.Imports.Reading;

/// <summary>A window on an input that grows until it holds a row.</summary>
internal sealed class InputBuffer(Stream input, long offset) : IDisposable
{
    private byte[] bytes = new byte[256 * 1024];
    private int from;
    private int to;

    /// <summary>Where in the input the window begins.</summary>
    public long Offset { get; private set; } = offset;

    public ReadOnlySpan<byte> Span => bytes.AsSpan(from, to - from);

    /// <summary>Whether the window reaches to the end of the input.</summary>
    public bool IsLast { get; private set; }

    /// <summary>The window begins so many bytes later.</summary>
    public void Advance(int count) => (from, Offset) = (from + count, Offset + count);

    /// <summary>Makes the window longer, unless it is the last already.</summary>
    public async ValueTask GrowAsync(CancellationToken cancellationToken)
    {
        if (from > 0)
        {
            bytes.AsSpan(from, to - from).CopyTo(bytes);
            (from, to) = (0, to - from);
        }

        if (to == bytes.Length)
        {
            Array.Resize(ref bytes, bytes.Length * 2);
        }

        var read = await input.ReadAsync(bytes.AsMemory(to), cancellationToken);
        to += read;
        IsLast = read == 0;
    }

    public void Dispose() => input.Dispose();
}
