namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>Why the embedded PostgreSQL does not run, as one sentence that a person can act on.</summary>
internal class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another service runs the PostgreSQL of that directory.</summary>
internal sealed class DirectoryInUseException(string message, Exception inner) : EmbeddedPostgresException(message, inner);
