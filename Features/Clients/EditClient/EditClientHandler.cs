using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;

namespace CrmImport.Features.Clients.EditClient;

internal sealed class EditClientHandler(RecordWriter writer) : IRequestHandler<EditClientCommand, Answer<WriteAnswer>>
{
    private static readonly RecordTable Clients = new(RecordTypes.Client, ClientFields.Client)
    {
        Lock = "select client_ref from client where client_ref = @client_ref",
        Read =
            $"""
            select {ClientFields.Columns}
            from client
            where client_ref = @client_ref
            """,
        Insert =
            """
            insert into client (
                client_ref, id, name, address1, address2, address3, address4, post_code, notes, custom,
                version, created_at, created_by, updated_at, updated_by)
            values (
                @client_ref, @id, @name, @address1, @address2, @address3, @address4, @post_code, @notes, with_custom(null, @custom::jsonb),
                1, @At, @Account, @At, @Account)
            on conflict do nothing -- by whichever of its keys
            """,
        Update =
            """
            update client
            set name = @name, address1 = @address1, address2 = @address2, address3 = @address3, address4 = @address4, post_code = @post_code, notes = @notes, custom = with_custom(custom, @custom::jsonb),
                live = case when @archived_at is null then true end, archived_at = @archived_at,
                version = version + 1, updated_at = @At, updated_by = @Account
            where client_ref = @client_ref
            """,
        TakesCustomFields = true,
        BeforeWrite = NumberAsync,
        AddPermission = Permissions.ClientAdd,
        EditPermission = Permissions.ClientEdit,
        ReadPermission = Permissions.ClientRead,
        Archive = new(
            Permissions.ClientArchive,
            "select count(*) from contact where client_ref = @client_ref and live",
            (keys, contacts) => new Refusal(ApiErrors.ClientInUse, $"Client {keys[0]} has {contacts} contact{(contacts == 1 ? "" : "s")} that {(contacts == 1 ? "is" : "are")} not archived")),
        NotFound = ApiErrors.ClientNotFound,
        Exists = ApiErrors.ClientExists,
        Address = keys => $"/api/v1/clients/{Uri.EscapeDataString(keys[0])}",
    };

    // Drawn before the insert, so that the answer has it.
    private static async Task<Refusal?> NumberAsync(RecordWrite write, object?[] values)
    {
        if (write.Before is null)
        {
            values[ClientFields.Client.IndexOf(ClientFields.Id)] = await write.Connection.ExecuteScalarAsync<long>("select nextval(pg_get_serial_sequence('client', 'id'))");
        }

        return null;
    }

    public Task<Answer<WriteAnswer>> Handle(EditClientCommand request, CancellationToken cancellationToken) =>
        writer.WriteAsync(Clients, request.Edit, request.Tenant, request.Caller, cancellationToken);
}
