namespace CrmImport.Infrastructure.Database;

internal static class DatabaseClock
{
    /// <summary>Now, as precise as PostgreSQL keeps it, so that an answer and a later read agree.</summary>
    public static DateTime DatabaseNow(this TimeProvider clock)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
