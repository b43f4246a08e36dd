using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Accounts.EditAccount;

/// <summary><c>POST /api/v1/admin/accounts</c> and <c>PATCH /api/v1/admin/accounts/{op_id}</c>: who may call, and with what rights.</summary>
internal static class EditAccountEndpoint
{
    private const string Route = "/api/v1/admin/accounts";

    public static void DescribeCreate(RouteHandlerBuilder route) => route
        .WithName("CreateAccount")
        .WithSummary("Create an account")
        .WithDescription(
            """
            Creates only: 201 and the record, 409 account_exists if the op_id is taken (case-insensitive). An operator or an api account needs op_password; a service account must not have one.
            Only accounts with every permission (op_level 10 and above) can create or change such accounts.
            """)
        .TakesRecord(AccountFields.Account)
        .TakesSelection(AccountFields.List)
        .TakesWriteConditions()
        .AnswersWrite<Account>(mayCreate: true);

    public static void DescribePatch(RouteHandlerBuilder route) => route
        .WithName("PatchAccount")
        .WithSummary("Change parts of an account")
        .WithDescription(
            """
            A JSON object is a merge patch (RFC 7396), an array a JSON Patch (RFC 6902) on the account as GET returns it; op_id, kind and the history can be tested but not changed.
            Changes take effect immediately. active false and a new op_password, even the same one again, end the account's session.
            The last active operator that may administer the database can be neither deactivated nor demoted: 409.
            """)
        .TakesPatch(AccountFields.Account, "op_name", "Web shop")
        .TakesSelection(AccountFields.List)
        .TakesWriteConditions()
        .AnswersWrite<Account>();

    public static async Task<IResult> CreateAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadCreateAsync(http, AccountFields.Account, assignedKey: null, cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditAccountCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> PatchAsync(
        HttpContext http, Tenant tenant, Caller caller, string op_id, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadPatchAsync(http, AccountFields.Account, [op_id], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditAccountCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }
}
