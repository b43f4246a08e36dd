using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Lists;
using MediatR;

namespace CrmImport.Features.Contacts.ReadContact;

internal sealed class ReadContactHandler : IRequestHandler<ReadContactQuery, Answer<Contact>>
{
    private static readonly PreparedSql Sql = new(
        $"""
        select {ContactFields.Columns}
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
        var contact = await reader.ReadAsync(cancellationToken) ? new ContactColumns(reader, request.Shape).Read(reader) : null;
        return contact is not null && request.Archived.Shows(contact.History.ArchivedAt)
            ? contact
            : new Refusal(ApiErrors.ContactNotFound, $"Client {request.ClientRef} has no contact {request.ContactRef}{ArchivedParameter.Hint(contact?.History.ArchivedAt)}");
    }
}
