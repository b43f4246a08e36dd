using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Settings.EditSettings;

internal sealed class EditSettingsHandler(RecordWriter writer) : IRequestHandler<EditSettingsCommand, Answer<WriteAnswer>>
{
    private static readonly RecordTable Settings = new(RecordTypes.Settings, SettingsFields.Settings)
    {
        Lock = "select only_row from database_setting",
        Read = $"select {SettingsFields.Columns} from database_setting",
        Update =
            """
            update database_setting
            set require_version = @require_version, api_enabled = @api_enabled, strict_fields = @strict_fields, allow_delete = @allow_delete,
                sessions_per_operator = @sessions_per_operator, default_client_ref = @default_client_ref,
                version = version + 1, updated_at = @At, updated_by = @Account
            """,
        NotFound = ApiErrors.Internal, // the row is made with the table
        IsTenantWide = true,
        AlongsideWrite = (write, _) =>
        {
            write.AfterCommit.Add(write.Tenant.Settings.Forget);
            return Task.CompletedTask;
        },
        Address = _ => "/api/v1/admin/settings",
    };

    public Task<Answer<WriteAnswer>> Handle(EditSettingsCommand request, CancellationToken cancellationToken) =>
        writer.WriteAsync(Settings, request.Edit, request.Tenant, request.Caller, cancellationToken);
}
