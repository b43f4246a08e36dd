using CrmImport.Infrastructure.Answers;
using Npgsql;

namespace CrmImport.Infrastructure.Database;

/// <summary>The one table from the database's words, constraint names and SQLSTATEs, to the error catalogue. The driver's text never leaves the log.</summary>
internal static class DatabaseErrors
{
    /// <summary>How long a caller should wait when the database is away.</summary>
    private const int RetryAfterSeconds = 2;

    private static readonly Dictionary<string, Refusal> ByConstraint = new(StringComparer.Ordinal)
    {
        ["contact_client_fkey"] = Refusal.Of(ApiErrors.UnknownClient, "clientRef", "Unable to locate client ref supplied"),
        ["location_client_fkey"] = Refusal.Of(ApiErrors.UnknownClient, "clientRef", "Unable to locate client ref supplied"),
        ["contact_location_location_fkey"] = Refusal.Of(ApiErrors.UnknownLocation, "locations", "Unable to locate a location ref supplied"),
        ["contact_location_dates_check"] = Refusal.Of(ApiErrors.EndBeforeStart, "locations", "An endDate is before its startDate"),
        ["contact_preferred_contact_check"] = Refusal.Of(ApiErrors.FieldOutOfRange, "preferredContact", "preferredContact must be from 1 to 4"),
        ["account_op_id_key"] = new(ApiErrors.AccountExists, "An account with this op_id already exists"),
        ["endpoint_name_key"] = Refusal.Of(ApiErrors.EndpointExists, "name", "An endpoint with this name already exists"),
        ["endpoint_account_fkey"] = Refusal.Of(ApiErrors.UnknownAccount, "account", "The service account does not exist"),
    };

    /// <summary>The answer to a failure of the database; null where the failure is none of the database's or a fault of ours.</summary>
    public static Refusal? Translate(Exception exception) => exception switch
    {
        PostgresException { ConstraintName: { } constraint } when ByConstraint.TryGetValue(constraint, out var refusal) => refusal,
        PostgresException { SqlState: PostgresErrorCodes.StringDataRightTruncation } => new(ApiErrors.FieldTooLong, "A text is longer than its field allows"),
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } =>
            new(ApiErrors.InvalidCharacters, "A text has characters that cannot be stored"),
        PostgresException postgres when MeansAway(postgres.SqlState) => Unavailable(),
        PostgresException => null,
        PoolExhaustedException => new(ApiErrors.Busy, "Too many concurrent requests to the database") { RetryAfterSeconds = RetryAfterSeconds },
        NpgsqlException or TimeoutException => Unavailable(),
        _ => null,
    };

    /// <summary>The answer to any failure: where the database's words have none, a fault of ours.</summary>
    public static Refusal Describe(Exception exception) =>
        Translate(exception) ?? new Refusal(ApiErrors.Internal, "Internal error; see the log for this trace_id");

    /// <summary>Two writers met and one was sent away by the database: what it wanted can be tried again.</summary>
    public static bool IsRace(PostgresException exception) =>
        exception is { SqlState: PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected }
            or { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "contact_location_preferred_key" or "idempotency_record_pkey" }
            or { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "contact_client_fkey" or "contact_location_location_fkey" }; // what was there a moment ago is archived

    private static Refusal Unavailable() =>
        new(ApiErrors.DatabaseUnavailable, "The database is currently not reachable") { RetryAfterSeconds = RetryAfterSeconds };

    // Classes 08 connection, 53 resources (disk full, too many connections), 57 shut down or starting, 58 the system below, and a role that went away.
    internal static bool MeansAway(string sqlState) =>
        sqlState[..2] is "08" or "53" or "57" or "58" or "28" or "3D";
}
