using CrmImport.Infrastructure.Answers;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace CrmImport.Infrastructure.Http;

/// <summary>What a request requires of the stored version (RFC 9110 §13): <c>If-Match</c>, <c>If-None-Match</c>, each with entity tags or <c>*</c>, and <c>If-Unmodified-Since</c>.</summary>
internal sealed record Precondition(IReadOnlyList<EntityTagHeaderValue>? IfMatch, IReadOnlyList<EntityTagHeaderValue>? IfNoneMatch)
{
    /// <summary>Requires nothing.</summary>
    public static Precondition None { get; } = new(null, null);

    /// <summary>The record must exist.</summary>
    public static Precondition AnyVersion { get; } = new([EntityTagHeaderValue.Any], null);

    /// <summary>The record must be of that version.</summary>
    public static Precondition OfVersion(string eTag) => new([new EntityTagHeaderValue(eTag)], null);

    /// <summary>Whether it requires nothing.</summary>
    public bool IsNone => IfMatch is null && IfNoneMatch is null && IfUnmodifiedSince is null;

    /// <summary>Null where the request has none, or one that is no date, which counts as none.</summary>
    public DateTimeOffset? IfUnmodifiedSince { get; init; }

    /// <summary>Whether the request says which version it is meant for.</summary>
    public bool NamesVersion => IfMatch is not null || IfUnmodifiedSince is not null;

    /// <summary>The refusal of a change to a record that is there, where the database wants the version named.</summary>
    public static Refusal Missing(string record) =>
        new(ApiErrors.VersionRequired, $"This database requires If-Match or If-Unmodified-Since to change a {record}");

    public static Answer<Precondition> Read(HttpRequest request)
    {
        var ifMatch = Tags(request, HeaderNames.IfMatch);
        var ifNoneMatch = Tags(request, HeaderNames.IfNoneMatch);
        return (ifMatch.Refusal ?? ifNoneMatch.Refusal) is { } refusal ? refusal
            : new Precondition(ifMatch.Value, ifNoneMatch.Value) { IfUnmodifiedSince = request.GetTypedHeaders().IfUnmodifiedSince };
    }

    /// <summary>Whether it holds (If-Match by no weak tag, RFC 9110 §13.1.1) for the stored record's entity tag, null where there is no record, and the time of its last change, where that is known.</summary>
    public bool Holds(string? eTag, DateTime? updatedAt = null) =>
        (IfMatch is null ? IsUnmodified(updatedAt) : Matches(IfMatch.Where(tag => !tag.IsWeak), eTag)) && (IfNoneMatch is null || !Matches(IfNoneMatch, eTag));

    // The header counts whole seconds, and counts for nothing beside If-Match or where there is no time to compare it with (RFC 9110 §13.1.4).
    private bool IsUnmodified(DateTime? updatedAt) =>
        IfUnmodifiedSince is not { } since || updatedAt is not { } at || at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond)) <= since.UtcDateTime;

    /// <summary>The answer to a read: the record where it holds, else 304 or 412; with the entity tag in any case.</summary>
    public IResult Answer(HttpContext http, string eTag, Func<IResult> record)
    {
        http.Response.Headers.ETag = eTag;
        return Holds(eTag) ? record()
            : IfMatch is null ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : new Refusal(ApiErrors.PreconditionFailed, $"The stored version is {eTag}");
    }

    private static bool Matches(IEnumerable<EntityTagHeaderValue> tags, string? eTag) =>
        eTag is not null && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Tag == eTag || IsReadOf(tag.Tag, eTag));

    // A read may show more than the record's version covers, and say so in its tag; a write asks for the version only.
    private static bool IsReadOf(StringSegment tag, string eTag) =>
        tag.Length > eTag.Length && tag[eTag.Length - 1] == '-' && tag.Buffer.AsSpan(tag.Offset, eTag.Length - 1).SequenceEqual(eTag.AsSpan(..^1));

    private static Answer<IReadOnlyList<EntityTagHeaderValue>?> Tags(HttpRequest request, string header)
    {
        if (!request.Headers.TryGetValue(header, out var values))
        {
            return Answer<IReadOnlyList<EntityTagHeaderValue>?>.Of(null);
        }

        return EntityTagHeaderValue.TryParseStrictList(values, out var tags)
            ? Answer<IReadOnlyList<EntityTagHeaderValue>?>.Of([.. tags])
            : Refusal.Of(ApiErrors.InvalidParameter, header, $"{header} must be * or entity tags in double quotes");
    }
}
