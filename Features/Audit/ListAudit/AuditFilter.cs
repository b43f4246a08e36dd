using System.Globalization;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Features.Audit.ListAudit;

/// <summary>Which entries are asked for: those that match everything that is not null.</summary>
internal sealed record AuditFilter(
    string? ClientRef, string? ContactRef, string? LocationRef, string? RecordRef, string? RecordType, string? Account, string? Kind,
    string? Outcome, short? LeastStatus, short? MaxStatus, DateTime? From, DateTime? To, string? TraceId)
{
    /// <summary>The outcome that stands for every refusal.</summary>
    public const string Refused = "refused";

    public static readonly string[] Kinds = ["human", "service"];

    /// <summary>The parameters, for describing them and for recognising the same filter again.</summary>
    public static readonly IReadOnlyList<(string Name, string Description)> Parameters =
    [
        ("clientRef", "Only entries that concern this client"),
        ("contactRef", "Only entries of contacts with this ref"),
        ("locationRef", "Only entries of locations with this ref"),
        ("recordRef", "Only entries of a record that belongs to no client: an op_id, an endpoint id, a key id"),
        ("recordType", "Only entries of this record type: client, contact, location, session, …"),
        ("account", "Only entries of this account (case-insensitive), including its failed logins"),
        ("outcome", "Only entries with this outcome: created, updated, …, or refused: followed by the error code; refused alone matches every refusal"),
        ("status", "Only entries with this HTTP status or status class: 404, 4xx"),
        ("from", "Only entries from this time on: 2026-01-31 or 2026-01-31T09:30:00Z; UTC if there is no offset"),
        ("to", "Only entries before this time"),
        ("traceId", "Only entries of the call with this trace id"),
    ];

    // A name of a filter stands in the statement only where it is given: so the indexes serve it.
    private const string RefusedOnly = "outcome like 'refused: %'";

    private static readonly string[] TimeFormats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK"];

    /// <summary>Reads the parameters; an empty one filters nothing.</summary>
    public static AuditFilter Read(IQueryCollection query, List<Problem> problems)
    {
        var (clientRef, contactRef, locationRef) = (Text("clientRef"), Text("contactRef"), Text("locationRef"));
        var (recordRef, recordType, account) = (Text("recordRef"), Text("recordType"), Text("account"));
        var kind = Read("kind", text => Kinds.Contains(text, StringComparer.Ordinal) ? text : null, "human or service");
        var outcome = Text("outcome");
        var status = ReadStatus(Text("status"), problems);
        var from = ReadTime("from");
        var to = ReadTime("to");
        if (to <= from)
        {
            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, "to", "to must be later than from"));
        }

        return new AuditFilter(
            clientRef, contactRef, locationRef, recordRef, recordType, account, kind, outcome, status?.Least, status?.Most, from, to, Text("traceId"));

        string? Text(string name) => Infrastructure.Records.Lists.Parameters.Single(query, name, problems) is { Length: > 0 } text ? text : null;

        string? Read(string name, Func<string, string?> read, string expected)
        {
            var text = Text(name);
            var value = text is null ? null : read(text);
            if (text is not null && value is null)
            {
                problems.Add(Problem.Severe(ApiErrors.InvalidParameter, name, $"{name} must be {expected}"));
            }

            return value;
        }

        DateTime? ReadTime(string name)
        {
            DateTime? time = null;
            Read(name, text => (time = Time(text)) is null ? null : text, "a time such as 2026-01-31 or 2026-01-31T09:30:00Z");
            return time;
        }
    }

    /// <summary>The conditions, joined by and; values are parameters of the names of this record's properties.</summary>
    public string ToSql(bool hasBeforeId)
    {
        (bool IsPresent, string Condition)[] conditions =
        [
            (ClientRef is not null, "client_ref = @ClientRef"),
            (ContactRef is not null, "contact_ref = @ContactRef"),
            (LocationRef is not null, "location_ref = @LocationRef"),
            (RecordRef is not null, "record_ref = @RecordRef"),
            (RecordType is not null, "record_type = @RecordType"),
            (Account is not null, "lower(account) = lower(@Account)"),
            (Kind is not null, "kind = @Kind"),
            (Outcome == Refused, RefusedOnly),
            (Outcome?.StartsWith($"{Refused}: ", StringComparison.Ordinal) == true, $"{RefusedOnly} and outcome = @Outcome"),
            (Outcome?.StartsWith(Refused, StringComparison.Ordinal) == false, "outcome = @Outcome"),
            (LeastStatus is not null, "status between @LeastStatus and @MaxStatus"),
            (From is not null, "at >= @From"),
            (To is not null, "at < @To"),
            (TraceId is not null, "trace_id = @TraceId"),
            (hasBeforeId, "id < @BeforeId"),
        ];
        var given = conditions.Where(condition => condition.IsPresent).Select(condition => condition.Condition).ToArray();
        return given.Length == 0 ? "" : $"where {string.Join(" and ", given)}";
    }

    private static (short Least, short Most)? ReadStatus(string? text, List<Problem> problems)
    {
        if (text is [>= '1' and <= '5', 'x' or 'X', 'x' or 'X'])
        {
            var least = (short)((text[0] - '0') * 100);
            return (least, (short)(least + 99));
        }

        if (text is [>= '1' and <= '5', >= '0' and <= '9', >= '0' and <= '9'])
        {
            var status = short.Parse(text, CultureInfo.InvariantCulture);
            return (status, status);
        }

        if (text is not null)
        {
            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, "status", "status must be an HTTP status such as 404 or a class such as 4xx"));
        }

        return null;
    }

    private static DateTime? Time(string text) =>
        DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.UtcDateTime : null;
}
