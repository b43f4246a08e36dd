using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;

namespace CrmImport.Features.Locations.EditLocation;

/// <summary>An unknown client is reported in Oneserve's words.</summary>
internal sealed class EditLocationHandler(RecordWriter writer) : IRequestHandler<EditLocationCommand, Answer<WriteAnswer>>
{
    private const string HasClient = "select exists (select from client where client_ref = @ClientRef and live)";

    private static readonly RecordTable Locations = new(RecordTypes.Location, LocationFields.Location)
    {
        Lock = "select location_ref from location where client_ref = @client_ref and location_ref = @location_ref",
        Read =
            $"""
            select {LocationFields.Columns}
            from {LocationFields.Source}
            where client_ref = @client_ref and location_ref = @location_ref
            """,
        Insert =
            """
            insert into location (
                client_ref, location_ref, name, address1, address2, address3, address4, post_code, usage_type_id, custom,
                version, created_at, created_by, updated_at, updated_by)
            values (
                @client_ref, @location_ref, @name, @address1, @address2, @address3, @address4, @post_code, @usage_type_id, with_custom(null, @custom::jsonb),
                1, @At, @Account, @At, @Account)
            on conflict do nothing -- by whichever of its keys
            """,
        Update =
            """
            update location
            set name = @name, address1 = @address1, address2 = @address2, address3 = @address3, address4 = @address4, post_code = @post_code, usage_type_id = @usage_type_id, custom = with_custom(custom, @custom::jsonb),
                live = case when @archived_at is null then true end, archived_at = @archived_at,
                version = version + 1, updated_at = @At, updated_by = @Account
            where client_ref = @client_ref and location_ref = @location_ref
            """,
        AddPermission = Permissions.LocationAdd,
        EditPermission = Permissions.LocationEdit,
        ReadPermission = Permissions.LocationRead,
        Archive = new(
            Permissions.LocationArchive,
            "select count(*) from contact_location where client_ref = @client_ref and location_ref = @location_ref and live",
            (keys, contacts) => new Refusal(ApiErrors.LocationInUse, $"Location {keys[1]} of client {keys[0]} is the location of {contacts} contact{(contacts == 1 ? "" : "s")}")),
        TakesCustomFields = true,
        BeforeWrite = CheckClientAsync,
        NotFound = ApiErrors.LocationNotFound,
        Exists = ApiErrors.LocationExists,
        UnknownListItem = ApiErrors.UnknownUsageType,
        Address = keys => $"/api/v1/clients/{Uri.EscapeDataString(keys[0])}/locations/{Uri.EscapeDataString(keys[1])}",
    };

    // A client that was archived is as unknown as one that never was: its locations are archived with it.
    private static async Task<Refusal?> CheckClientAsync(RecordWrite write, object?[] values)
    {
        var clientRef = (string)values[0]!;
        return write.Edit.Mode == RecordEditMode.Archive || await write.Connection.ExecuteScalarAsync<bool>(HasClient, new { ClientRef = clientRef })
            ? null
            : Refusal.Of(
                ApiErrors.UnknownClient, LocationFields.ClientRef.Name,
                write.Edit.Mode == RecordEditMode.Restore && write.Before is not null ? $"Client {clientRef} is archived: restore it first" : "Unable to locate client ref supplied");
    }

    public Task<Answer<WriteAnswer>> Handle(EditLocationCommand request, CancellationToken cancellationToken) =>
        writer.WriteAsync(Locations, request.Edit, request.Tenant, request.Caller, cancellationToken);
}
