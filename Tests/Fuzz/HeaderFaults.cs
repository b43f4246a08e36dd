namespace CrmImport.Fuzz;

/// <summary>Faults of the headers: conditions, idempotency, credentials, databases, media types and encodings.</summary>
internal static class HeaderFaults
{
    private static readonly string[] Conditions = ["\"1\"", "\"2\"", "W/\"1\"", "\"1-1a2b3c4d\"", "*", "1", "\"", "\"99999999999999999999\"", "\"1\", \"2\"", "", "\"-1\"", "\"x\"", "*, \"1\""];
    private static readonly string[] Times = ["Wed, 25 Nov 2099 10:00:00 GMT", "Mon, 01 Jan 2001 00:00:00 GMT", "yesterday", "2019-07-09", ""];
    private static readonly string[] Preferences = ["return=representation", "return=minimal", "respond-async", "return=", ";;;", "return=representation, return=minimal"];
    private static readonly string[] Accepts = ["application/json", "*/*", "text/html", "application/x-ndjson", "text/csv", "application/xml", "application/json;q=0", "", ";;", "a/b/c", "text/csv;q=0.1, application/json"];
    private static readonly string[] Encodings = ["gzip", "br", "deflate", "identity", "*;q=0", "gzip;q=x", "zstd"];
    private static readonly string[] MediaTypes =
    [
        "application/json", "application/merge-patch+json", "application/json-patch+json", "text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16",
        "application/json; charset=latin1", "application/json; charset=utf-32", "application/json; charset=nosuch", "application/json; charset=utf-7", "application/json; charset=", "application/json;", "text/json", "json", "", "application/json, text/plain", "application/vnd.api+json", "*/*",
    ];
    private static readonly string[] Credentials =
        ["Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic", "Basic x", "Basic !!!!", "Basic Og==", "Basic T1dOOndyb25n", "SOTicket x", "Digest x", "", "x", "bearer bearer", "Bearer crmk.cv_demodb.0.0", "Bearer crmk.", "Bearer crmk.cv_nosuch.1.2"];
    private static readonly string[] Databases = ["cv_demodb", "cv_masterdb", "CV_DEMODB", "cv_nosuchdatabase", "cv_", "", "x", "cv_demodb, cv_masterdb", "cv_demodb,cv_demodb", "'", "cv_é"];
    private static readonly string[] Others = ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "traceparent", "tracestate", "baggage", "Cookie", "Origin", "Range", "If-Modified-Since", "If-Range", "X-HTTP-Method-Override", "Upgrade", "TE", "Via", "SO-AppToken", "X-Collect-Database"];

    public static IReadOnlyList<Fault> All { get; } =
    [
        (draft, random) => draft.Headers.Add((random.Pick(["If-Match", "If-None-Match"]), random.Pick(Conditions))),
        (draft, random) => draft.Headers.Add((random.Pick(["If-Match", "If-None-Match"]), random.Pick(Conditions))),
        (draft, random) => draft.Headers.Add(("If-Unmodified-Since", random.Pick(Times))),
        (draft, random) => draft.Headers.Add(("Idempotency-Key", $"key{random.Next(50)}")),
        (draft, random) => draft.Headers.Add(("Idempotency-Key", random.Pick(["", new string('k', 255), new string('k', 256), "a b", "\"q\"", "\u00ff"]))),
        (draft, random) => draft.Headers.Add(("Prefer", random.Pick(Preferences))),
        (draft, random) => draft.Headers.Add(("Accept", random.Pick(Accepts))),
        (draft, random) => draft.Headers.Add(("Accept-Encoding", random.Pick(Encodings))),
        (draft, random) => draft.Headers.Add(("Content-Encoding", random.Pick(Encodings))),
        (draft, random) => draft.SetHeader("Content-Type", random.Pick(MediaTypes)),
        (draft, _) => draft.Headers.RemoveAll(header => header.Name == "Content-Type"),
        (draft, random) => draft.SetHeader("Authorization", random.Pick(Credentials)),
        (draft, random) => draft.Headers.Add(("Authorization", random.Pick(Credentials))),
        (draft, random) => draft.Headers.Add((random.Pick(["OS_REST_AUTH_TOKEN", "X-Access-Key"]), random.Pick(Credentials))),
        (draft, _) => draft.Headers.RemoveAll(header => header.Name is "Authorization" or "X-Access-Key" or "OS_REST_AUTH_TOKEN"),
        (draft, random) => draft.Headers.Add(("x-database", Rubbish.AsHeader(random.Pick(Databases)))),
        (draft, random) => draft.Headers.Add(("x-database", Rubbish.AsHeader(random.Pick(Databases)))),
        (draft, random) => draft.Headers.Add((random.Pick(Others), Rubbish.AsHeader(random.Pick(Rubbish.Texts)))),
        (draft, random) => draft.Headers.Add((random.Pick(draft.Operation.Headers.Count == 0 ? Others : draft.Operation.Headers), Rubbish.AsHeader(random.Pick(Rubbish.Texts)))),
        (draft, random) => draft.SetHeader("Host", random.Pick(["evil.example", "localhost", "[::1]", "127.0.0.1:1"])),
        (draft, _) => draft.Headers.Add(("Connection", "close")),
        (draft, _) => draft.Headers.Add(("Expect", "100-continue")),
    ];
}
