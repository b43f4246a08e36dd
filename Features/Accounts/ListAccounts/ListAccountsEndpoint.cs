using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Accounts.ListAccounts;

/// <summary><c>GET /api/v1/admin/accounts</c>: the accounts, in pages.</summary>
internal static class ListAccountsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List accounts")
        .WithDescription("Ordered by id, unless orderBy is given; passwords are never included.")
        .TakesList(AccountFields.List, "kind eq 'service' and active eq true")
        .Produces<PageBody<Account>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, AccountFields.List);
        return list.Refusal ?? (await mediator.Send(new ListAccountsQuery(tenant, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListAccountsJson.Default.PageBodyAccount, ListAccountsJson.Default.Account));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Account>))]
internal sealed partial class ListAccountsJson : JsonSerializerContext;
