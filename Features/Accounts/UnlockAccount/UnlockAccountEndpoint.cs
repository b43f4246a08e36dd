using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Accounts.UnlockAccount;

/// <summary><c>POST /api/v1/admin/accounts/{op_id}/unlock</c>: clears the locks of failed logins.</summary>
internal static class UnlockAccountEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Unlock an account")
        .WithDescription("Clears the account's failed logins from every address, and the locks and delays they caused. The lock of an address expires by itself. No body is needed.")
        .TakesDryRun()
        .TakesKey()
        .AnswersHeader("X-Outcome", "updated")
        .Produces<SuccessBody>();

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, string op_id, IMediator mediator, CancellationToken cancellationToken)
    {
        var conditions = WriteConditions.Read(http.Request, default);
        return conditions.Refusal ?? (await mediator.Send(new UnlockAccountCommand(tenant, caller, op_id, conditions.Value), cancellationToken)).ToResult();
    }
}
