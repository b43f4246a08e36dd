using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Features.Contacts.ReadContact;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Features.Parties;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Contacts.PatchContact;

/// <summary>
/// Reads the contact, patches what was read, and writes it by the one way contacts are written. Where the writer finds the contact changed since, it has the
/// patch made anew of what it found, so that a patch waits for its turn like any other write, however many there are.
/// </summary>
internal sealed class PatchContactHandler(IMediator mediator, IValidator<UpsertContactCommand> validator) : IRequestHandler<PatchContactCommand, Answer<WriteAnswer>>
{
    public async Task<Answer<WriteAnswer>> Handle(PatchContactCommand request, CancellationToken cancellationToken)
    {
        if (request.Patch.Reads && !request.Caller.Can(Permissions.ContactRead))
        {
            return new Refusal(ApiErrors.Forbidden, $"A JSON Patch requires the permission {Permissions.ContactRead}; a merge patch does not");
        }

        // First of all: a repeated request must not be judged by what its first execution left.
        if (request.Conditions.Key is { } key && await FindKeptAsync(request, key, cancellationToken) is { } kept)
        {
            return kept;
        }

        var mustNameVersion = request.PartyId is null && (await request.Tenant.Settings.ReadAsync(cancellationToken)).RequireVersion; // InTouch's clients know nothing of versions
        var shape = await request.Tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken);
        var stored = await mediator.Send(new ReadContactQuery(request.Tenant, shape, request.ClientRef, request.ContactRef), cancellationToken);
        if (stored.Refusal is not null)
        {
            return stored.Refusal;
        }

        var command = MakeCommand(request, stored.Value, shape, mustNameVersion);
        return command.Refusal is { } refusal ? refusal : await mediator.Send(command.Value, cancellationToken);
    }

    private static async Task<Answer<WriteAnswer>?> FindKeptAsync(PatchContactCommand request, IdempotencyKey key, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        return await StoredResponse.FindAsync(connection, request.Caller.AccountId, key, cancellationToken);
    }

    // The write of what the patch makes of the contact as it is stored.
    private Answer<UpsertContactCommand> MakeCommand(PatchContactCommand request, Contact stored, RecordShape shape, bool mustNameVersion)
    {
        var (history, precondition) = (stored.History, request.Conditions.Precondition);
        if (!precondition.Holds(history.ETag, history.UpdatedAt))
        {
            return new Refusal(ApiErrors.PreconditionFailed, $"The contact's version is {history.Version}");
        }

        if (mustNameVersion && !precondition.NamesVersion)
        {
            return Precondition.Missing("contact");
        }

        var patched = Patched(stored, shape, request);
        return patched.Refusal is { } refusal ? refusal
            : new UpsertContactCommand(
                request.Tenant, request.Caller, patched.Value, ContactWriteMode.Edit, request.Conditions with { Precondition = Precondition.OfVersion(history.ETag) }, request.ToAnswer)
            {
                Base = new ContactBase(history.Version, Rebase),
            };

        // Nobody but the writer sees it: its rules are checked here.
        Answer<UpsertContactCommand> Rebase(Contact changed)
        {
            var command = MakeCommand(request, changed, shape, mustNameVersion);
            return command.Refusal is null && validator.FindRefusal(command.Value) is { } invalid ? invalid : command;
        }
    }

    private static Answer<RecordInput> Patched(Contact stored, RecordShape shape, PatchContactCommand request)
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
        return PatchedRecord.Read(before, after.Value, shape, Party.IdName);
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
