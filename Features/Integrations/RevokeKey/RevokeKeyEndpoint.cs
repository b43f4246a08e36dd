using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.RevokeKey;

/// <summary><c>POST /api/v1/admin/endpoints/{id}/keys/{keyId}/revoke</c>: the key is not admitted any more, at once and for good.</summary>
internal static class RevokeKeyEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Revoke a key")
        .WithDescription("Immediate and permanent; revoking again changes nothing (unchanged). No body is needed, and none is read.")
        .TakesDryRun()
        .TakesKey()
        .AnswersOutcome()
        .AnswersWrite<KeyItem>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string id, string keyId, IMediator mediator, CancellationToken cancellationToken)
    {
        var conditions = WriteConditions.Read(http.Request, default);
        return conditions.Refusal ?? (await mediator.Send(new RevokeKeyCommand(tenant, caller, id, keyId, conditions.Value), cancellationToken)).ToResult();
    }
}
