namespace CrmImport.Infrastructure.Settings;

/// <summary>Why the service cannot start, in a sentence for the person who started it.</summary>
internal sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
