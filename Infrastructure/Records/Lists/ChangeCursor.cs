using System.Buffers.Text;
using System.Globalization;
using System.Text;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>
/// From where on changes are asked for: a time, or the place where an earlier answer ended. The place is that of an entry of the audit trail, in the order of transactions;
/// until the first sweep has come to its end, the time goes with it.
/// </summary>
internal sealed record ChangeCursor(Guid? HistoryId, ulong Xid, long Id, DateTime? Since)
{
    public const string Parameter = "updatedSince";

    private const char Separator = '.';

    private static readonly string[] TimeFormats =
        ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <summary>The cursor; null where the parameter is absent or wrong.</summary>
    public static ChangeCursor? Read(IQueryCollection query, List<Problem> problems)
    {
        if (Parameters.Single(query, Parameter, problems) is not { } text)
        {
            return null;
        }

        var cursor = OfTime(text) ?? OfPlace(text);
        if (cursor is null)
        {
            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, Parameter, $"{Parameter} must be a time such as 2026-01-31T09:30:00Z, or next of an earlier answer"));
        }

        return cursor;
    }

    /// <summary>As callers have it: of no meaning to them.</summary>
    public override string ToString() => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{HistoryId:N}{Separator}{Xid}{Separator}{Id}{Separator}{Since?.Ticks ?? 0}")));

    private static ChangeCursor? OfTime(string text) =>
        DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new ChangeCursor(null, 0, 0, time.UtcDateTime)
            : null;

    private static ChangeCursor? OfPlace(string text)
    {
        if (!Base64Url.IsValid(text))
        {
            return null;
        }

        return Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split(Separator) is [var history, var xid, var id, var since]
            && Guid.TryParseExact(history, "N", out var historyId)
            && ulong.TryParse(xid, NumberStyles.None, CultureInfo.InvariantCulture, out var transaction)
            && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var entry)
            && long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks
            ? new ChangeCursor(historyId, transaction, entry, ticks == 0 ? null : new DateTime(ticks, DateTimeKind.Utc))
            : null;
    }
}
