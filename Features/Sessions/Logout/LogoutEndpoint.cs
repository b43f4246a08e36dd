using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Sessions.Logout;

/// <summary><c>POST /api/v1/auth/logout</c>: ends the session the credential belongs to, at once.</summary>
internal static class LogoutEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Log out")
        .WithDescription("Ends the session of the access token; its refresh token ends with it. No body is needed. A key or a password has no session: 403.")
        .Produces<SuccessBody>();

    public static async Task<IResult> HandleAsync(Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new LogoutCommand(tenant, caller), cancellationToken))
            .ToResult(_ => TypedResults.Bytes(Envelope.Success, Envelope.ContentType));
}
