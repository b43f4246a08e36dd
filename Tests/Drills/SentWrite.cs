namespace CrmImport.Drills;

/// <summary>A location as a write sends it; a usage type of null leaves the location's unchanged.</summary>
internal sealed record SentLocation(string LocationRef, bool IsPreferred, int? UsageTypeId);

/// <summary>A write and its outcome. Its token is its idempotency key and is stored in several of the contact's fields, its day in the dates of the locations.</summary>
internal sealed record SentWrite(int Serial, HttpMethod Method, string Path, string Body, string ClientRef, string ContactRef, IReadOnlyList<SentLocation> Locations)
{
    private static readonly DateOnly FirstDay = new(1970, 1, 1);

    public string Token => TokenOf(Serial);

    public DateOnly Day => DayOf(Serial);

    /// <summary>Locations that are not listed are removed from the contact.</summary>
    public bool ReplacesLocations { get; init; }

    public int Attempts { get; set; }

    /// <summary>The contact's version from the response; 0 without one.</summary>
    public long Version { get; set; }

    public bool IsReplayed { get; set; }

    public bool IsAcknowledged => Version > 0;

    public static string TokenOf(int serial) => $"drill-{serial}";

    public static DateOnly DayOf(int serial) => FirstDay.AddDays(serial);
}
