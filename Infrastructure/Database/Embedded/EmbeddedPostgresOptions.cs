using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>Configuration section <c>Embedded</c>: where the private PostgreSQL keeps its data and which programs it runs.</summary>
internal sealed class EmbeddedPostgresOptions : ISettings
{
    public static string Section => "Embedded";

    /// <summary>Where the data live; a relative path starts at the content root.</summary>
    public string Directory { get; set; } = ".data";

    /// <summary>The directory with initdb, pg_ctl and postgres; empty = look for them.</summary>
    public string BinDirectory { get; set; } = "";

    /// <summary>The account the server runs as when the service runs as root, which PostgreSQL refuses; empty = postgres if it exists, else nobody.</summary>
    public string User { get; set; } = "";

    /// <summary>False only for throw-away clusters: a power cut may then destroy the data.</summary>
    public bool Durable { get; set; } = true;
}
