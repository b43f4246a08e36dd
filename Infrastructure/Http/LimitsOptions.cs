using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Http;

/// <summary>Section <c>Limits</c>: the bounds on what a caller can make grow.</summary>
internal sealed class LimitsOptions : ISettings
{
    public static string Section => "Limits";

    /// <summary>Largest body of a request for one record, in bytes.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int BodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Longest time such a body may take to arrive, in seconds, however steadily it does.</summary>
    [Range(1, 3600)]
    public int BodySeconds { get; set; } = 30;

    /// <summary>Least bytes a second at which a caller sends its body and takes its answer, after 5 seconds' grace; 0 asks for no pace.</summary>
    [Range(0, 1024 * 1024)]
    public int BytesPerSecond { get; set; } = 240;

    /// <summary>Longest request line, in bytes: method, address with its query, version.</summary>
    [Range(1024, 64 * 1024)]
    public int RequestLineBytes { get; set; } = 8 * 1024;

    /// <summary>All headers of a request together, in bytes.</summary>
    [Range(1024, 256 * 1024)]
    public int HeaderBytes { get; set; } = 32 * 1024;

    /// <summary>Most headers of a request.</summary>
    [Range(20, 10_000)]
    public int Headers { get; set; } = 100;

    /// <summary>Longest time the headers may take to arrive, in seconds.</summary>
    [Range(1, 600)]
    public int HeaderSeconds { get; set; } = 30;

    /// <summary>How long a connection may be idle between two requests, in seconds.</summary>
    [Range(1, 3600)]
    public int IdleSeconds { get; set; } = 130;

    /// <summary>Most open connections; on one more, only health is answered.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_000;

    /// <summary>Most requests at a time on one HTTP/2 connection.</summary>
    [Range(1, 10_000)]
    public int Streams { get; set; } = 100;

    /// <summary>Maximum number of contacts, and of locations, in one read of a client; <c>contactsTotal</c> and <c>locationsTotal</c> are the full counts.</summary>
    [Range(1, 100_000)]
    public int ClientItems { get; set; } = 1000;
}
