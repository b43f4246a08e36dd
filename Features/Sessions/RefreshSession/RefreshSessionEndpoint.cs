using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Sessions.RefreshSession;

/// <summary><c>POST /api/v1/auth/refresh</c>: a refresh token, once, for the next pair of tokens of the same session.</summary>
internal static class RefreshSessionEndpoint
{
    public static readonly Field RefreshToken = new("refresh_token", FieldKind.Text) { Mandatory = true, MaxLength = RefreshTokens.MaxLength, Description = "The most recent refresh token" };
    public static readonly RecordShape Body = new([RefreshToken]) { Name = "Refresh", Example = """{"refresh_token":"…"}""" };

    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Continue a session")
        .WithDescription("Each refresh token works once. Within a few seconds a used token returns the same successor again; after that it ends the session.")
        .TakesRecord(Body)
        .WithoutCompression()
        .SelectsDatabase()
        .AnswersExample(SessionBody.Example)
        .Produces(StatusCodes.Status401Unauthorized)
        .Produces(StatusCodes.Status403Forbidden)
        .Produces(StatusCodes.Status429TooManyRequests)
        .Produces<SessionBody>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenants tenants, IMediator mediator, CallOrigin origin, CancellationToken cancellationToken)
    {
        var database = RequestedDatabase.Read(http, tenants);
        if (database.Refusal is { } refusal)
        {
            return refusal;
        }

        var body = await JsonBody.ReadRecordAsync(http, Body, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var token = body.Value.Content.Text(RefreshToken);
        var named = RefreshTokens.DatabaseOf(token);
        var tenant = database.Value is null || database.Value == tenants.NameOf(named) ? tenants.Find(named) : null;
        return (await mediator.Send(new RefreshSessionCommand(tenant, body.Value.Content, origin), cancellationToken)).ToResult(SessionBody.Result);
    }
}
