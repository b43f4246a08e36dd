namespace CrmImport.Infrastructure.Answers;

/// <summary>A request that is not carried out: the error, its text, an optional detail and all problems of the request, of which there is at least one (source: InTouch REST API).</summary>
internal sealed record Refusal(ApiError Error, string Message) : IResult
{
    /// <summary><c>result_error_msg</c>: only where there is more to say than the message.</summary>
    public string? Detail { get; init; }

    /// <summary>The <c>error</c> of OAuth 2.0 (RFC 6749 §5.2), beside the envelope's members; of its routes only.</summary>
    public string? OAuthError { get; init; }

    /// <summary>In field order; where no field is at fault, the one problem that the refusal itself is.</summary>
    public IReadOnlyList<Problem> Problems { get => field ?? [Problem.Severe(Error, null, Message)]; init; }

    /// <summary>The <c>Retry-After</c> header, in seconds.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The request failed in these fields; the first severe one gives the message and the code.</summary>
    public static Refusal Of(IReadOnlyList<Problem> problems)
    {
        var first = problems.First(problem => problem.Level == Problem.SevereLevel);
        return new Refusal(first.Error, first.Message) { Problems = problems };
    }

    /// <summary>The request failed in one field, parameter or header.</summary>
    public static Refusal Of(ApiError error, string field, string message) => Of([Problem.Severe(error, field, message)]);

    /// <summary>Leaves itself with the request: the envelope middleware writes, logs, counts and audits it.</summary>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = Error.Status;
        httpContext.Features.Set(this);
        return Task.CompletedTask;
    }
}
