namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>Why the embedded PostgreSQL does not run, as one sentence that a person can act on.</summary>
internal sealed class EmbeddedPostgresException(string message, Exception? inner = null) : Exception(message, inner);
