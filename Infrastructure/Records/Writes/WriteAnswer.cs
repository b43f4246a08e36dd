using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Telemetry;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>The complete response to a write, as it is sent, and as it is stored with the write for retries with the same idempotency key.</summary>
internal sealed record WriteAnswer(int Status, WriteOutcome Outcome, string? ETag, string? Location, ReadOnlyMemory<byte> Body) : IResult
{
    private const string OutcomeHeader = "X-Outcome";
    private const string ReplayedHeader = "Idempotent-Replayed";

    /// <summary>Whether this is the answer to an earlier request with the same key.</summary>
    public bool IsReplay { get; init; }

    /// <summary>Which preference was honoured (RFC 7240); null for none.</summary>
    public string? PreferenceApplied { get; init; }

    /// <summary>Reported in the header X-Warnings, beside what was ignored of the body; not of a replay.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    /// <summary>204: what became of the record is all there is to say.</summary>
    public static WriteAnswer NoContent(WriteOutcome outcome) => new(StatusCodes.Status204NoContent, outcome, null, null, default);

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var body = Body.IsEmpty || httpContext.Features.Get<Selection>() is not { } selection ? Body : selection.Narrow(Body.Span);
        response.StatusCode = Status;
        if (Status != StatusCodes.Status204NoContent)
        {
            response.ContentType = Envelope.ContentType;
            response.ContentLength = body.Length;
        }

        response.Headers[OutcomeHeader] = Outcome.Text();
        response.Headers.ETag = ETag;
        response.Headers.Location = Location is null ? null : response.HttpContext.Request.PathBase.ToUriComponent() + Location;
        SentRecord.Attach(httpContext, Warnings);
        if (PreferenceApplied is not null)
        {
            response.Headers["Preference-Applied"] = PreferenceApplied;
        }

        if (IsReplay)
        {
            response.Headers[ReplayedHeader] = "true";
            httpContext.RequestServices.GetRequiredService<CrmMetrics>().AnswerReplayed();
        }

        return body.IsEmpty ? Task.CompletedTask : response.Body.WriteAsync(body, CancellationToken.None).AsTask();
    }
}
