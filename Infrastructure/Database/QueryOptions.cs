using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Database;

/// <summary>Section <c>Queries</c>: what lists and the audit may take of one database.</summary>
internal sealed class QueryOptions : ISettings
{
    public static string Section => "Queries";

    /// <summary>Longest that the statements of one list may run, in seconds; after that it is refused as too costly.</summary>
    [Range(1, 60)]
    public int Seconds { get; set; } = 3;
}
