using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Contacts;
using CrmImport.Features.Contacts.PatchContact;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Features.Parties.ReadParty;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using MediatR;

namespace CrmImport.Features.Parties.WriteParty;

/// <summary>Finds the contact that has the number, and writes it by the one way contacts are written; only the answer has InTouch's shape.</summary>
internal sealed class WritePartyHandler(IMediator mediator) : IRequestHandler<WritePartyCommand, Answer<WriteAnswer>>
{
    private const string NewPartyId = "select nextval('contact_party_id_seq')";

    public async Task<Answer<WriteAnswer>> Handle(WritePartyCommand request, CancellationToken cancellationToken)
    {
        if (request.Id is not { } id)
        {
            return await CreateAsync(request, cancellationToken);
        }

        var party = await mediator.Send(new ReadPartyQuery(request.Tenant, ContactFields.Contact, id, ArchivedFilter.Live), cancellationToken);
        if (party.Refusal is not null)
        {
            return party.Refusal;
        }

        var (clientRef, contactRef) = (party.Value.Contact.ClientRef, party.Value.Contact.ContactRef);
        if (request.Patch is { } patch)
        {
            return await mediator.Send(new PatchContactCommand(request.Tenant, request.Caller, clientRef, contactRef, patch, request.Conditions, ToAnswer) { PartyId = id }, cancellationToken);
        }

        request.Record!.TakeKey(ContactFields.ClientRef, clientRef);
        request.Record.TakeKey(ContactFields.ContactRef, contactRef);
        return await mediator.Send(Write(request, ContactWriteMode.Edit), cancellationToken);
    }

    private async Task<Answer<WriteAnswer>> CreateAsync(WritePartyCommand request, CancellationToken cancellationToken)
    {
        var record = request.Record!;
        if (!record.IsPresent(Party.Shape.IndexOf(ContactFields.ClientRef)) && (await request.Tenant.Settings.ReadAsync(cancellationToken)).DefaultClientRef is { } clientRef)
        {
            record.TakeKey(ContactFields.ClientRef, clientRef);
        }

        var index = Party.Shape.IndexOf(ContactFields.ContactRef);
        if (record.IsPresent(index))
        {
            return await mediator.Send(Write(request, ContactWriteMode.Create), cancellationToken);
        }

        record.TryMarkPresent(index);
        Answer<WriteAnswer> answer;
        do
        {
            var partyId = await NewPartyIdAsync(request.Tenant, cancellationToken);
            record.Set(index, partyId.ToString(CultureInfo.InvariantCulture)); // its ref is its number
            answer = await mediator.Send(Write(request, ContactWriteMode.Create) with { PartyId = partyId }, cancellationToken);
        }
        while (answer.Refusal?.Error == ApiErrors.ContactExists); // somebody chose that very ref

        return answer;
    }

    private static async Task<long> NewPartyIdAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition(NewPartyId, cancellationToken: cancellationToken));
    }

    private static UpsertContactCommand Write(WritePartyCommand request, ContactWriteMode mode) =>
        new(request.Tenant, request.Caller, request.Record!, mode, request.Conditions, ToAnswer) { WantsPartyId = true };

    private static WriteAnswer ToAnswer(WrittenContact written)
    {
        if (written.IsDryRun)
        {
            return written.ToTrialAnswer();
        }

        if (written.Record is null)
        {
            return written.ToNativeAnswer(); // who may only write is not shown the party
        }

        var party = new Party(written.PartyId, written.Record);
        return new(
            written.Outcome == WriteOutcome.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, written.Outcome, written.ETag, party.Address,
            ReadableJson.ToBytes(party, WritePartyJson.Default.Party))
        {
            Warnings = written.Warnings,
        };
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Party))]
internal sealed partial class WritePartyJson : JsonSerializerContext;
