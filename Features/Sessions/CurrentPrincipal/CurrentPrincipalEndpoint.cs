using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Sessions.CurrentPrincipal;

/// <summary><c>GET /api/v1/User/currentPrincipal</c>: who the credential belongs to (source: SuperOffice REST API).</summary>
internal static class CurrentPrincipalEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ReadCurrentPrincipal")
        .WithSummary("Read who is calling")
        .WithDescription("Associate is the caller's op_id, DatabaseContextIdentifier its database, FunctionRights its permissions.")
        .Produces<Principal>();

    public static async Task<IResult> HandleAsync(Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new CurrentPrincipalQuery(tenant, caller), cancellationToken))
            .ToResult(principal => ReadableJson.ToResult(principal, CurrentPrincipalJson.Default.Principal));
}

[JsonSerializable(typeof(Principal))]
internal sealed partial class CurrentPrincipalJson : JsonSerializerContext;
