using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using Dapper;
using MediatR;

namespace CrmImport.Features.Parties.ReadParty;

internal sealed class ReadPartyHandler : IRequestHandler<ReadPartyQuery, Answer<Party>>
{
    private const string Sql =
        $"""
        select {ContactFields.Columns}
        from (select client_ref, contact_ref from contact where party_id = @Id) found
        join contact_record using (client_ref, contact_ref)
        """;

    public async Task<Answer<Party>> Handle(ReadPartyQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(Sql, new { request.Id }, cancellationToken: cancellationToken));
        var contact = await reader.ReadAsync(cancellationToken) ? new ContactColumns(reader, request.Shape).Read(reader) : null;
        return contact is not null && request.Archived.Shows(contact.History.ArchivedAt)
            ? new Party(request.Id, contact)
            : new Refusal(ApiErrors.PartyNotFound, $"No party with that number{ArchivedParameter.Hint(contact?.History.ArchivedAt)}");
    }
}
