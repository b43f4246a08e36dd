using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>Which records a read or a list is of: <c>archived=true|all</c>; the live ones where it is absent or false.</summary>
internal enum ArchivedFilter
{
    Live,
    Archived,
    All,
}

internal static class ArchivedParameter
{
    public const string Name = "archived";

    public static ArchivedFilter Read(IQueryCollection query, List<Problem> problems)
    {
        switch (Parameters.Single(query, Name, problems)?.ToLowerInvariant())
        {
            case null or "false":
                return ArchivedFilter.Live;
            case "true":
                return ArchivedFilter.Archived;
            case "all":
                return ArchivedFilter.All;
            default:
                problems.Add(Problem.Severe(ApiErrors.InvalidParameter, Name, $"{Name} must be true, false or all"));
                return ArchivedFilter.Live;
        }
    }

    /// <summary>For a route that reads one record.</summary>
    public static Answer<ArchivedFilter> Read(IQueryCollection query)
    {
        var problems = new List<Problem>();
        var filter = Read(query, problems);
        return problems.Count > 0 ? Refusal.Of(problems) : filter;
    }

    /// <summary>The condition on a record's column that is true while it is live, and null once it is archived.</summary>
    public static string ToSql(this ArchivedFilter filter, string live) => filter switch
    {
        ArchivedFilter.Live => $"({live})",
        ArchivedFilter.Archived => $"({live}) is null",
        _ => "true",
    };

    /// <summary>Ends the message that a record was not found, where it is archived.</summary>
    public static string Hint(DateTime? archivedAt) => archivedAt is { } at ? $": it was archived on {at:yyyy-MM-dd}, and is read with {Name}=all" : "";

    /// <summary>Whether a record that is archived since then is one that was asked for: an archived one is whatever the parameter says, unless it says nothing.</summary>
    public static bool Shows(this ArchivedFilter filter, DateTime? archivedAt) => archivedAt is null || filter != ArchivedFilter.Live;
}
