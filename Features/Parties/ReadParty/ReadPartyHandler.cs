using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
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
        return await reader.ReadAsync(cancellationToken)
            ? new Party(request.Id, new ContactColumns(reader).Read(reader))
            : new Refusal(ApiErrors.PartyNotFound, "No party with that number");
    }
}
