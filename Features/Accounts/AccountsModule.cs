using Carter;
using CrmImport.Features.Accounts.EditAccount;
using CrmImport.Features.Accounts.ListAccounts;
using CrmImport.Features.Accounts.ReadAccount;
using CrmImport.Features.Accounts.UnlockAccount;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Accounts;

/// <summary>Accounts: who may call, and with what permissions.</summary>
public sealed class AccountsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var accounts = app.MapGroup("/api/v1/admin").WithTags("Accounts").Needs(Permissions.Admin).OnRecord(RecordTypes.Account)
            .WithPath("op_id", "The account's id, case-insensitive");
        accounts.MapGet("/accounts", ListAccountsEndpoint.HandleAsync).DescribedBy(ListAccountsEndpoint.Describe);
        accounts.MapPost("/accounts", EditAccountEndpoint.CreateAsync).DescribedBy(EditAccountEndpoint.DescribeCreate);
        accounts.MapGet("/accounts/{op_id}", ReadAccountEndpoint.HandleAsync).DescribedBy(ReadAccountEndpoint.Describe);
        accounts.MapPatch("/accounts/{op_id}", EditAccountEndpoint.PatchAsync).DescribedBy(EditAccountEndpoint.DescribePatch);
        accounts.MapPost("/accounts/{op_id}/unlock", UnlockAccountEndpoint.HandleAsync).DescribedBy(UnlockAccountEndpoint.Describe);
    }
}
