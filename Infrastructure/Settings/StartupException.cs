namespace CrmImport.Infrastructure.Settings;

/// <summary>Why the service cannot start, in a sentence for the person who started it, or in one for each fault.</summary>
internal sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner)
{
    public StartupException(IReadOnlyList<string> faults)
        : this(string.Join('\n', faults)) => Faults = faults;

    /// <summary>The sentences.</summary>
    public IReadOnlyList<string> Faults { get; } = [message];

    public static void ThrowIfAny(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new StartupException(faults);
        }
    }
}
