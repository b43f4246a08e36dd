using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The contact after a change, as responses, stored responses and dry runs return it.</summary>
internal sealed partial class ContactChange
{
    /// <summary>What was written at that time by that account.</summary>
    public WrittenContact ToWritten(DateTime at, string account)
    {
        var (outcome, version) = (Outcome, (Before?.Version ?? 0) + (ChangesContact ? 1 : 0));
        return new(
            command.ClientRef, command.ContactRef, outcome, version, command.Conditions.IsDryRun,
            command.WantsRecord && MaySee ? ToRecord(version, at, account) : null,
            !command.Conditions.IsDryRun ? null : MaySee ? TellAllChanges().ToJson() : "{}")
        {
            PartyId = PartyId,
            Warnings = warnings,
        };
    }

    // Who may only write is not shown what was stored.
    private bool MaySee => command.Caller.Can(Permissions.ContactRead);

    private Contact ToRecord(long version, DateTime at, string account)
    {
        var links = new Dictionary<string, StoredLink>(Before?.Links ?? [], StringComparer.Ordinal);
        foreach (var link in LocationsToStore)
        {
            links[link.LocationRef] = link;
        }

        foreach (var locationRef in LocationsToRemove)
        {
            links.Remove(locationRef);
        }

        foreach (var (location, usageTypeId) in UsageTypes)
        {
            links[location.LocationRef] = links[location.LocationRef] with { UsageTypeId = usageTypeId };
        }

        var history = Before?.History;
        return StoredContact.ToContact(
            command.Contact.Shape,
            Values,
            links.Values,
            new RecordHistory(
                version, history?.CreatedAt ?? at, history?.CreatedBy ?? account,
                ChangesContact ? at : history!.UpdatedAt, ChangesContact ? account : history!.UpdatedBy)
            {
                ArchivedAt = !IsArchived ? null : history?.ArchivedAt ?? at,
            });
    }

    // The audit keeps a location's usage type with the location; a dry run shows it here.
    private FieldChanges TellAllChanges()
    {
        foreach (var (location, usageTypeId) in UsageTypes)
        {
            Changes.Add($"{ContactFields.Locations}[{location.LocationRef}].{ContactFields.UsageTypeId.Name}", location.UsageTypeId, usageTypeId);
        }

        return Changes;
    }
}
