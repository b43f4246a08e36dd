using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Integrations.EditIntegration;

/// <summary>A name that is taken is found by its unique index.</summary>
internal sealed class EditIntegrationHandler(RecordWriter writer) : IRequestHandler<EditIntegrationCommand, Answer<WriteAnswer>>
{
    private static readonly RecordTable Endpoints = new(RecordTypes.Endpoint, IntegrationFields.Integration)
    {
        Lock = "select endpoint_id from endpoint where endpoint_id = @endpoint_id",
        Read =
            $"""
            select {IntegrationFields.Columns}
            from {IntegrationFields.Source}
            where endpoint_id = @endpoint_id
            """,
        Insert =
            """
            insert into endpoint (
                endpoint_id, name, account_id, allowed_addresses, active,
                version, created_at, created_by, updated_at, updated_by)
            select
                @endpoint_id, @name, a.account_id, @allowed_addresses, @active,
                1, @At, @Account, @At, @Account
            from account a
            where a.op_id = @account_op_id
            """,
        Update =
            """
            update endpoint
            set name = @name, account_id = (select account_id from account where op_id = @account_op_id), allowed_addresses = @allowed_addresses, active = @active,
                version = version + 1, updated_at = @At, updated_by = @Account
            where endpoint_id = @endpoint_id
            """,
        NotFound = ApiErrors.EndpointNotFound,
        Exists = ApiErrors.EndpointExists,
        IsTenantWide = true,
        RunsUpdateInDryRun = true,
        BeforeWrite = BeforeWriteAsync,
        AlongsideWrite = (write, change) =>
        {
            write.AfterCommit.Add(() => TenantCredentials.Of(write.Tenant).OnEndpointChanged(change.Keys[0]));
            return Task.CompletedTask;
        },
        Warnings = values => IntegrationFields.WarningsOf((TextList)values[IntegrationFields.Integration.IndexOf(IntegrationFields.Addresses)]!),
        Address = keys => $"/api/v1/admin/endpoints/{Uri.EscapeDataString(keys[0])}",
    };

    public Task<Answer<WriteAnswer>> Handle(EditIntegrationCommand request, CancellationToken cancellationToken) =>
        writer.WriteAsync(Endpoints, request.Edit, request.Tenant, request.Caller, cancellationToken);

    // The account it was for and the account it will be for: moving an endpoint concerns both.
    private static async Task<Refusal?> BeforeWriteAsync(RecordWrite write, object?[] values)
    {
        var field = IntegrationFields.Integration.IndexOf(IntegrationFields.Account);
        var account = await ServiceAccount.FindAsync(write.Connection, (string)values[field]!);
        if (account is null)
        {
            return Refusal.Of(ApiErrors.UnknownAccount, IntegrationFields.Account.Name, $"No service account {values[field]}");
        }

        values[field] = account.OpId; // as it is written there, whatever case it was sent in
        var former = write.Before?.Values[field] is string opId && opId != account.OpId ? await ServiceAccount.FindAsync(write.Connection, opId) : account;
        return account.CheckManagedBy(write.Caller) ?? former?.CheckManagedBy(write.Caller);
    }
}
