using System.ComponentModel.DataAnnotations;

namespace CrmImport.Infrastructure.Http;

/// <summary>Section <c>Limits</c>: the bounds on what a caller can make grow.</summary>
internal sealed class LimitsOptions
{
    /// <summary>Largest body of a request for one record, in bytes.</summary>
    [Range(1024, 64 * 1024 * 1024)]
    public int BodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Most contacts, and most locations, that one read of a client carries; <c>contactsTotal</c> and <c>locationsTotal</c> tell how many there are.</summary>
    [Range(1, 100_000)]
    public int ClientItems { get; set; } = 1000;
}
