namespace CrmImport.Fuzz;

/// <summary>Faults of the method and of the request target.</summary>
internal static class PathFaults
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "get", "post", "patch", "head", "QUERY", "PROPFIND", "G", "M-SEARCH"];
    private static readonly string[] Prefixes = ["/cv_demodb", "/cv_masterdb", "/cv_nosuchdatabase", "/CV_DEMODB", "/cv_", "//", "/.", "/..", "/%2e%2e", "/api/..", "http://other.example", "http://127.0.0.1:1", "https://x", "http://", "*", "x"];
    private static readonly string[] Databases = ["cv_demodb", "cv_masterdb", "cv_nosuchdatabase"];

    public static IReadOnlyList<Fault> All { get; } =
    [
        RubbishSegment,
        RubbishSegment,
        RubbishSegment,
        (draft, random) => draft.Method = random.Pick(Methods),
        (draft, random) => draft.Method = random.Pick(Methods),
        (draft, random) => draft.Prefix = random.Chance(0.5) ? $"/{random.Pick(Databases)}" : random.Pick(Prefixes),
        (draft, _) => draft.Prefix = $"http://{draft.Headers.FirstOrDefault(header => header.Name == "Host").Value}",
        (draft, random) => draft.Version = random.Pick(["HTTP/1.0", "HTTP/1.0", "HTTP/1.0", "HTTP/1.0", "HTTP/1.2", "HTTP/2.0"]),
    ];

    private static void RubbishSegment(RequestDraft draft, Random random)
    {
        if (draft.PathValues.Count > 0)
        {
            draft.PathValues[random.Pick(draft.PathValues.Keys.ToArray())] = random.Pick(Rubbish.Segments);
        }
    }
}
