using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using MediatR;

namespace CrmImport.Features.Contacts.ReadContact;

internal sealed class ReadContactHandler : IRequestHandler<ReadContactQuery, Answer<Contact>>
{
    private static readonly PreparedSql Sql = new(
        """
        select
            client_ref, contact_ref, salutation, forename, surname,
            contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
            address1, address2, address3, address4, post_code, notes, considerations,
            version, created_at, created_by, updated_at, updated_by,
            location_refs, preferred, start_dates, end_dates, usage_type_ids
        from contact_record
        where client_ref = @ClientRef and contact_ref = @ContactRef
        """);

    public async Task<Answer<Contact>> Handle(ReadContactQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var values = new ParameterValues();
        values.Add("ClientRef", request.ClientRef);
        values.Add("ContactRef", request.ContactRef);
        await using var batch = await Sql.PrepareAsync(connection, values, cancellationToken);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new ContactColumns(reader).Read(reader)
            : new Refusal(ApiErrors.ContactNotFound, $"Client {request.ClientRef} has no contact {request.ContactRef}");
    }
}
