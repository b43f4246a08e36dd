using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Accounts.ReadAccount;

/// <summary><c>GET /api/v1/admin/accounts/{op_id}</c>: one account, without its password.</summary>
internal static class ReadAccountEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read an account")
        .WithDescription("By its id, case-insensitive. ETag is the account's version; If-None-Match with it returns 304.")
        .TakesSelection(AccountFields.List)
        .AnswersVersion()
        .DescribesRecord<Account>(AccountFields.Account)
        .Produces<SuccessBody<Account>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string op_id, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var selection = Selection.Read(http.Request.Query, AccountFields.List);
        return precondition.Refusal ?? selection.Refusal
            ?? (await mediator.Send(new ReadAccountQuery(tenant, op_id), cancellationToken)).ToResult(account =>
                precondition.Value.Answer(http, RecordHistory.ETagOf(account.Version), () =>
                    Selection.ToResult(selection.Value, account, ReadAccountJson.Default.SuccessBodyAccount, ReadAccountJson.Default.Account)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Account>))]
internal sealed partial class ReadAccountJson : JsonSerializerContext;
