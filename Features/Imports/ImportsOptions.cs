using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Features.Imports;

/// <summary>Section <c>Imports</c>: the limits of imports from files.</summary>
internal sealed class ImportsOptions : ISettings
{
    public static string Section => "Imports";

    /// <summary>Imports of one database that are carried out at a time, by all replicas together.</summary>
    [Range(1, 64)]
    public int Running { get; set; } = 2;

    /// <summary>Imports of one database that may wait; one more is refused (429).</summary>
    [Range(0, 10_000)]
    public int Waiting { get; set; } = 10;

    /// <summary>Largest input in mebibytes, unpacked.</summary>
    [Range(1, 1024 * 1024)]
    public int Mebibytes { get; set; } = 4096;

    /// <summary>Most rows of an atomic import.</summary>
    [Range(1, 10_000_000)]
    public int AtomicRows { get; set; } = 100_000;

    /// <summary>Rows that are written in one transaction.</summary>
    [Range(1, 10_000)]
    public int ChunkRows { get; set; } = 1000;

    /// <summary>Days after its end for which an import's input and results are kept.</summary>
    [Range(1, 3660)]
    public int KeepDays { get; set; } = 30;

    /// <summary>Seconds without a sign of life after which another replica takes an import over.</summary>
    [Range(2, 600)]
    public int TakeOverSeconds { get; set; } = 15;
}
