using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Accounts.EditAccount;

/// <summary>Hashes the password before the account is locked: that takes long, and must not be waited for in a transaction.</summary>
internal sealed class EditAccountHandler(RecordWriter writer, PasswordHasher hasher) : IRequestHandler<EditAccountCommand, Answer<WriteAnswer>>
{
    private static readonly RecordTable Accounts = new(RecordTypes.Account, AccountFields.Account)
    {
        Lock = "select account_id from account where lower(op_id) = lower(@op_id)",
        Read =
            $"""
            select {AccountFields.Columns}
            from account
            where lower(op_id) = lower(@op_id)
            """,
        Insert =
            """
            insert into account (
                op_id, op_name, password_hash, op_level, op_function, kind, active, permissions, strict_fields,
                version, created_at, created_by, updated_at, updated_by)
            values (
                @op_id, @op_name, @op_password, @op_level, @op_function, @kind, @active, @permissions, @strict_fields,
                1, @At, @Account, @At, @Account)
            on conflict (lower(op_id)) do nothing
            """,
        Update =
            """
            update account
            set op_name = @op_name, password_hash = coalesce(@op_password, password_hash), op_level = @op_level, op_function = @op_function,
                active = @active, permissions = @permissions, strict_fields = @strict_fields,
                version = version + 1, updated_at = @At, updated_by = @Account
            where op_id = @op_id
            """,
        NotFound = ApiErrors.AccountNotFound,
        Exists = ApiErrors.AccountExists,
        IsTenantWide = true,
        AlongsideWrite = AccountEffects.ApplyAsync,
        Address = keys => $"/api/v1/admin/accounts/{Uri.EscapeDataString(keys[0])}",
    };

    public async Task<Answer<WriteAnswer>> Handle(EditAccountCommand request, CancellationToken cancellationToken)
    {
        var password = EditAccountValidator.PasswordOf(request.Edit);
        var hash = password is null ? null : await hasher.HashAsync(password, cancellationToken);
        var table = Accounts with { BeforeWrite = (write, values) => Seal(values, password, hash) is { } refusal ? Task.FromResult<Refusal?>(refusal) : AccountRules.CheckAsync(write, values) };
        return await writer.WriteAsync(table, request.Edit, request.Tenant, request.Caller, cancellationToken);
    }

    // From here on the password is replaced by its hash; nothing that is stored or returned contains it.
    private static Refusal? Seal(object?[] values, string? password, string? hash)
    {
        var index = AccountFields.Account.IndexOf(AccountFields.Password);
        if (values[index] is string given && given != password)
        {
            return Refusal.Of(ApiErrors.FieldNotAllowed, AccountFields.Password.Name, $"{AccountFields.Password.Name} is set by add and replace only");
        }

        values[index] = values[index] is null ? null : hash;
        return null;
    }
}
