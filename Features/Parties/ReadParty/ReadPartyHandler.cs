using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using Dapper;
using MediatR;

namespace CrmImport.Features.Parties.ReadParty;

internal sealed class ReadPartyHandler : IRequestHandler<ReadPartyQuery, Answer<Party>>
{
    private const string Sql =
        """
        select
            r.client_ref, r.contact_ref, r.salutation, r.forename, r.surname,
            r.contact1, r.contact1_type, r.contact2, r.contact2_type, r.contact3, r.contact3_type, r.contact4, r.contact4_type, r.preferred_contact,
            r.address1, r.address2, r.address3, r.address4, r.post_code, r.notes, r.considerations,
            r.version, r.created_at, r.created_by, r.updated_at, r.updated_by,
            r.location_refs, r.preferred, r.start_dates, r.end_dates, r.usage_type_ids
        from contact c
        join contact_record r on r.client_ref = c.client_ref and r.contact_ref = c.contact_ref
        where c.party_id = @Id
        """;

    public async Task<Answer<Party>> Handle(ReadPartyQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(Sql, new { request.Id }, cancellationToken: cancellationToken));
        return await reader.ReadAsync(cancellationToken)
            ? new Party(request.Id, new ContactColumns(reader).Read(reader))
            : new Refusal(ApiErrors.PartyNotFound, "There is no party of that number");
    }
}
