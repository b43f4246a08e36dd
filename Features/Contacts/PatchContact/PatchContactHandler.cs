using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Features.Contacts.ReadContact;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Features.Parties;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Contacts.PatchContact;

/// <summary>Reads the contact, patches what was read, and writes it on condition that it is still of that version; if not, begins again with the new one.</summary>
internal sealed class PatchContactHandler(IMediator mediator) : IRequestHandler<PatchContactCommand, Answer<WriteAnswer>>
{
    /// <summary>Each round that is lost was won by somebody else; so many lost in a row mean that the caller should come back later.</summary>
    private const int MaxRounds = 100;

    public async Task<Answer<WriteAnswer>> Handle(PatchContactCommand request, CancellationToken cancellationToken)
    {
        // First of all: a repeated request must not be judged by what its first execution left.
        if (request.Conditions.Key is { } key && await FindKeptAsync(request, key, cancellationToken) is { } kept)
        {
            return kept;
        }

        var mustNameVersion = request.PartyId is null && (await request.Tenant.Settings.ReadAsync(cancellationToken)).RequireVersion; // InTouch's clients know nothing of versions
        for (var round = 0; round < MaxRounds; round++)
        {
            var answer = await PatchAsync(request, mustNameVersion, cancellationToken);
            if (answer is not null)
            {
                return answer;
            }
        }

        return new Refusal(ApiErrors.Busy, "Too many concurrent writes to this contact") { RetryAfterSeconds = 1 };
    }

    private static async Task<Answer<WriteAnswer>?> FindKeptAsync(PatchContactCommand request, IdempotencyKey key, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await StoredResponse.FindAsync(connection, request.Caller.AccountId, key, cancellationToken);
    }

    // Null where the contact was changed after it was read.
    private async Task<Answer<WriteAnswer>?> PatchAsync(PatchContactCommand request, bool mustNameVersion, CancellationToken cancellationToken)
    {
        var stored = await mediator.Send(new ReadContactQuery(request.Tenant, request.ClientRef, request.ContactRef), cancellationToken);
        if (stored.Refusal is not null)
        {
            return stored.Refusal;
        }

        var history = stored.Value.History;
        var precondition = request.Conditions.Precondition;
        if (!precondition.Holds(history.ETag, history.UpdatedAt))
        {
            return new Refusal(ApiErrors.PreconditionFailed, $"The contact's version is {history.Version}");
        }

        if (mustNameVersion && !precondition.NamesVersion)
        {
            return Precondition.Missing("contact");
        }

        var patched = Patched(stored.Value, request);
        if (patched.Refusal is not null)
        {
            return patched.Refusal;
        }

        var conditions = request.Conditions with { Precondition = Precondition.OfVersion(history.ETag) };
        var written = await mediator.Send(
            new UpsertContactCommand(request.Tenant, request.Caller, patched.Value, ContactWriteMode.Edit, conditions, request.ToAnswer), cancellationToken);
        return written.Refusal?.Error == ApiErrors.PreconditionFailed ? null : written;
    }

    private static Answer<RecordInput> Patched(Contact stored, PatchContactCommand request)
    {
        var before = JsonNode.Parse(JsonSerializer.SerializeToUtf8Bytes(stored, WrittenContactJson.Default.Contact))!.AsObject(); // not to a node: the web's would ignore case
        if (request.PartyId is { } id)
        {
            before[Party.IdName] = id;
        }

        var after = request.Patch.ApplyTo(before, ContactFields.Contact.AlsoReturned);
        if (after.Refusal is not null)
        {
            return after.Refusal;
        }

        LeaveUsageTypesAlone(stored, after.Value);
        return PatchedRecord.Read(before, after.Value, ContactFields.Contact, Party.IdName);
    }

    // They are the locations' own and may change while the contact does not: only one that the patch changed is meant.
    private static void LeaveUsageTypesAlone(Contact stored, JsonObject after)
    {
        var usageTypes = stored.Locations.ToDictionary(location => location.LocationRef, location => location.UsageTypeId, StringComparer.Ordinal);
        foreach (var location in (after[ContactFields.Locations] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (location[ContactFields.LocationRef.Name] is JsonValue name && name.TryGetValue<string>(out var locationRef)
                && usageTypes.TryGetValue(locationRef, out var usageType)
                && JsonNode.DeepEquals(location[ContactFields.UsageTypeId.Name], usageType))
            {
                location.Remove(ContactFields.UsageTypeId.Name);
            }
        }
    }
}
