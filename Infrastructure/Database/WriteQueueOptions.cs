using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Database;

/// <summary>Section <c>Writes</c>: how single writes of one database are gathered into batches that share a statement and a commit.</summary>
internal sealed class WriteQueueOptions : ISettings
{
    public static string Section => "Writes";

    /// <summary>Batches of one database that are written at the same time.</summary>
    [Range(1, 64)]
    public int Writers { get; set; } = 2;

    /// <summary>Most writes of one batch.</summary>
    [Range(1, 10_000)]
    public int BatchRows { get; set; } = 128;

    /// <summary>How many writes must wait before a further writer starts.</summary>
    [Range(1, 10_000)]
    public int FurtherWriterAt { get; set; } = 32;

    /// <summary>Most writes of one database that wait or are being written; one more is answered 503.</summary>
    [Range(1, 1_000_000)]
    public int QueueRows { get; set; } = 4096;

    /// <summary>How long the answer to a write with an idempotency key is kept for those who ask again.</summary>
    [Range(1, 24 * 366)]
    public int IdempotencyHours { get; set; } = 24;
}
