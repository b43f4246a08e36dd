using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>Section <c>Tenancy</c>: the database of requests that name none, further names of databases, and where databases are added while the service runs.</summary>
internal sealed class TenancyOptions : ISettings
{
    public static string Section => "Tenancy";

    /// <summary>The database of requests that name none; empty: the only one there is.</summary>
    public string Default { get; set; } = "";

    /// <summary>The database of requests to a host, by the host's name without its port, where nothing else names one.</summary>
    public Dictionary<string, string> Hosts { get; set; } = [];

    /// <summary>The database that a further name means, wherever a database is named.</summary>
    public Dictionary<string, string> Aliases { get; set; } = [];

    /// <summary>A directory with a file for each further database: its name is the database's, its text the connection string. Empty: there is none.</summary>
    public string Directory { get; set; } = "";
}
