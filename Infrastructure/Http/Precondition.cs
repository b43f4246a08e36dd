using Microsoft.Net.Http.Headers;

namespace CrmImport.Infrastructure.Http;

/// <summary>What a request demands of the stored version (RFC 9110 §13): <c>If-Match</c>, <c>If-None-Match</c>, each with entity tags or <c>*</c>.</summary>
internal sealed record Precondition(IReadOnlyList<EntityTagHeaderValue>? IfMatch, IReadOnlyList<EntityTagHeaderValue>? IfNoneMatch)
{
    /// <summary>Demands nothing.</summary>
    public static Precondition None { get; } = new(null, null);

    /// <summary>The record must be of that version.</summary>
    public static Precondition OfVersion(string eTag) => new([new EntityTagHeaderValue(eTag)], null);

    public static Answer<Precondition> Read(HttpRequest request)
    {
        var ifMatch = Tags(request, HeaderNames.IfMatch);
        var ifNoneMatch = Tags(request, HeaderNames.IfNoneMatch);
        return (ifMatch.Refusal ?? ifNoneMatch.Refusal) is { } refusal ? refusal : new Precondition(ifMatch.Value, ifNoneMatch.Value);
    }

    /// <summary>Whether it holds for the stored record's entity tag; null where there is no record.</summary>
    public bool Holds(string? eTag) =>
        (IfMatch is null || Matches(IfMatch, eTag)) && (IfNoneMatch is null || !Matches(IfNoneMatch, eTag));

    /// <summary>The answer to a read: the record where it holds, else 304 or 412; with the entity tag in any case.</summary>
    public IResult Answer(HttpContext http, string eTag, Func<IResult> record)
    {
        http.Response.Headers.ETag = eTag;
        return Holds(eTag) ? record()
            : IfMatch is null ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : new Refusal(ApiErrors.PreconditionFailed, $"The stored version is {eTag}");
    }

    private static bool Matches(IReadOnlyList<EntityTagHeaderValue> tags, string? eTag) =>
        eTag is not null && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Tag == eTag);

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
