using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>What a write would make of what is stored: decided here without touching the database, carried out by <see cref="WritePlan"/>.</summary>
internal sealed partial class ContactChange
{
    private readonly UpsertContactCommand command;
    private readonly StoredState state;
    private readonly List<Problem> warnings = [];

    private ContactChange(UpsertContactCommand command, StoredState state)
    {
        this.command = command;
        this.state = state;
        (ClientRef, ContactRef) = (command.ClientRef, command.ContactRef);
        Before = state.FindContact(ClientRef, ContactRef);
        PartyId = Before is null ? state.NewPartyId(command) : Before.PartyId;
        Values = Before is null ? new object?[command.Contact.Shape.Fields.Count] : [.. Before.ValuesOf(command.Contact.Shape)];
    }

    public string ClientRef { get; }

    public string ContactRef { get; }

    public StoredContact? Before { get; }

    /// <summary>The contact's values as they shall be, in the order of its fields.</summary>
    public object?[] Values { get; }

    /// <summary>The contact's number: its own, or the one it gets where it was asked for; else null, and the database gives it one.</summary>
    public long? PartyId { get; }

    /// <summary>Whether values of custom fields change.</summary>
    public bool ChangesCustom { get; private set; }

    /// <summary>The values of the custom fields as they shall be, as JSON; null where none changes.</summary>
    public string? Custom => ChangesCustom ? CustomValues.ToJson(command.Contact.Shape, Values) : null;

    /// <summary>What changes in the contact itself.</summary>
    public FieldChanges Changes { get; } = new();

    public List<StoredLink> LocationsToStore { get; } = [];

    public List<string> LocationsToRemove { get; } = [];

    /// <summary>Locations whose usage type changes, with the one they get.</summary>
    public List<(StoredLocation Location, int UsageTypeId)> UsageTypes { get; } = [];

    /// <summary>Locations whose preferred contact this one becomes, some of them in another's place.</summary>
    public List<StoredLocation> NewlyPreferred { get; } = [];

    /// <summary>Whether the contact itself changes, and so gets a new version; else at most a location's usage type does.</summary>
    public bool ChangesContact => Before is null || !Changes.IsEmpty;

    public WriteOutcome Outcome =>
        Before is null ? WriteOutcome.Created
        : Changes.IsEmpty && UsageTypes.Count == 0 ? WriteOutcome.Unchanged
        : WriteOutcome.Updated;

    /// <summary>The change, or why it must not be: unknown references and days that do not fit (all at once), a stale version, missing permission.</summary>
    public static Answer<ContactChange> Decide(UpsertContactCommand command, StoredState state)
    {
        if (ContactReferences.ProblemsOf(command, state) is { Count: > 0 } problems)
        {
            return ContactReferences.ToRefusal(problems);
        }

        var change = new ContactChange(command, state);
        if (change.CheckStored() is { } refusal)
        {
            return refusal;
        }

        change.SetArchived();
        change.SetFields();
        change.SetLocations();
        change.RestoreLocations();
        change.WarnOfEmptyPreferred();
        return change.FindMissingPermission() is { } missing ? new Refusal(ApiErrors.Forbidden, $"This requires the permission {missing}") : change;
    }

    private string? FindMissingPermission()
    {
        var caller = command.Caller;
        return command.IsOfArchive ? (caller.Can(Permissions.ContactArchive) ? null : Permissions.ContactArchive)
            : Outcome == WriteOutcome.Created && !caller.Can(Permissions.ContactAdd) ? Permissions.ContactAdd
            : Outcome == WriteOutcome.Updated && !caller.Can(Permissions.ContactEdit) ? Permissions.ContactEdit
            : UsageTypes.Count > 0 && !caller.Can(Permissions.LocationEdit) ? Permissions.LocationEdit
            : null;
    }

    private Refusal? CheckStored()
    {
        var precondition = command.Conditions.Precondition;
        var found = Before is { IsArchived: true } && !command.IsOfArchive ? null : Before; // what a read would find
        return (command.Mode, found) switch
        {
            (ContactWriteMode.Create, _) when Before is not null =>
                new Refusal(ApiErrors.ContactExists, $"Client {command.ClientRef} already has a contact {command.ContactRef}{(Before.IsArchived ? ", which is archived: restore it" : "")}"),
            (ContactWriteMode.Edit or ContactWriteMode.Update or ContactWriteMode.Archive or ContactWriteMode.Restore, null) =>
                new Refusal(ApiErrors.ContactNotFound, $"Client {command.ClientRef} has no contact {command.ContactRef}{ArchivedParameter.Hint(Before?.ArchivedAt)}"),
            (_, null) => (Before is null ? precondition.Holds(null) : precondition.IsNone) ? null : new Refusal(ApiErrors.PreconditionFailed, Before is null ? "The contact does not exist" : "The contact is archived"),
            _ when !precondition.Holds(RecordHistory.ETagOf(found.Version), found.History?.UpdatedAt) => new Refusal(ApiErrors.PreconditionFailed, $"The contact's version is {found.Version}"),
            _ when command.MustNameVersion && !precondition.NamesVersion => Precondition.Missing("contact"),
            _ => null,
        };
    }

    private void SetFields()
    {
        var input = command.Contact;
        for (var i = 0; i < Values.Length; i++)
        {
            var field = input.Shape.Fields[i];
            var isEmpty = Before is null && input.IsEmptyText(i);
            var isDefault = !isEmpty && !input.IsPresent(i) && field.DefaultIfAbsent is not null && (Before is null || command.IsWhole || (field.Mandatory && Values[i] is null));
            if (!input.IsPresent(i) && !command.IsWhole && !isEmpty && !isDefault)
            {
                continue;
            }

            var value = isEmpty ? "" : isDefault ? field.DefaultIfAbsent : input[i] is "" && !field.Mandatory ? null : input[i];
            if (i >= ContactFields.FirstUpdatable && Changes.Add(field.Name, Values[i], value) && field.IsCustom)
            {
                ChangesCustom = true;
            }

            Values[i] = value;
        }
    }

    private void SetLocations()
    {
        foreach (var input in command.Contact.Children ?? [])
        {
            SetLocation(input, state.FindLocation(command.ClientRef, input.Text(ContactFields.LocationRef))!);
        }

        if (command.IsWhole || command is { Locations: LocationsMode.Replace, Contact.Children: not null })
        {
            RemoveAllBut((command.Contact.Children ?? []).Select(location => location.Text(ContactFields.LocationRef)).ToHashSet(StringComparer.Ordinal));
        }
    }

    private void SetLocation(RecordInput input, StoredLocation stored)
    {
        var before = Before?.Links.GetValueOrDefault(stored.LocationRef);
        var given = (bool?)input[ContactFields.IsPreferred]; // null only in a part of a contact
        var isClaimed = given ?? before is { IsPreferred: true };

        // What a system sends again and again is no news: else two contacts that both claim a location would take it from each other for ever.
        var isRepeated = isClaimed && before is { IsLost: true } && command.RepeatsClaims;
        var isWithdrawn = given == false && before is { IsLost: true } && command.RepeatsClaims;
        var after = new StoredLink(
            stored.LocationRef,
            isClaimed && !isRepeated,
            command.Given(input, ContactFields.StartDate, before?.StartDate),
            command.Given(input, ContactFields.EndDate, before?.EndDate))
        {
            UsageTypeId = stored.UsageTypeId,
            IsLost = before is { IsLost: true } && (isRepeated || (!isClaimed && !isWithdrawn)),
        };
        if (isWithdrawn)
        {
            Changes.AddConfirmed($"{ContactFields.Locations}[{stored.LocationRef}].{ContactFields.IsPreferred.Name}", false);
        }

        if (AddLocation(before, after) || isWithdrawn)
        {
            LocationsToStore.Add(after);
        }

        if (after.IsPreferred && before is not { IsPreferred: true })
        {
            NewlyPreferred.Add(stored);
        }

        AddWarning(input, stored, after, isRepeated);
        if (input[ContactFields.UsageTypeId] is int usageType && usageType != stored.UsageTypeId)
        {
            UsageTypes.Add((stored, usageType));
        }
        else if (stored.UsageTypeId is { } kept && input.IsPresent(ContactFields.Location.IndexOf(ContactFields.UsageTypeId)) && input[ContactFields.UsageTypeId] is null)
        {
            var path = input.PathOf(ContactFields.UsageTypeId);
            warnings.Add(Problem.Info(ApiErrors.NullIgnored, path, $"{path} is null, which leaves the location's usage type as it is ({kept})"));
        }
    }

    private void AddWarning(RecordInput input, StoredLocation stored, StoredLink after, bool isRepeated)
    {
        var path = input.PathOf(ContactFields.IsPreferred);
        if (isRepeated)
        {
            warnings.Add(Problem.Warning(ApiErrors.PreferredKept, path, $"{path} was not set: contact {stored.PreferredContactRef ?? "(none)"} took location {stored.LocationRef} from this contact since; send false, then true, to take it back"));
        }
        else if (after.IsPreferred && stored.PreferredContactRef is { } former && former != ContactRef)
        {
            warnings.Add(Problem.Warning(ApiErrors.PreferredTaken, path, $"{path}: contact {former} is no longer the preferred contact of location {stored.LocationRef}"));
        }
    }

    // The document's own example does it: no fault, but a mistake where there is another way to reach the contact.
    private void WarnOfEmptyPreferred()
    {
        if (!command.IsOfArchive && Values[ContactFields.PreferredContactIndex] is int preferred && IsEmpty(preferred) && !Enumerable.Range(1, 4).All(IsEmpty))
        {
            var path = command.Contact.PathOf(ContactFields.Contact.Fields[ContactFields.PreferredContactIndex]);
            warnings.Add(Problem.Warning(ApiErrors.PreferredContactEmpty, path, $"{path} is {preferred}, and contact{preferred} is empty"));
        }

        bool IsEmpty(int number) => Values[ContactFields.IndexOfContact(number)] is null or "";
    }

    private void RemoveAllBut(HashSet<string> listed)
    {
        foreach (var before in Before?.Links.Values.Where(link => !listed.Contains(link.LocationRef)).OrderBy(link => link.LocationRef, StringComparer.Ordinal).ToArray() ?? [])
        {
            LocationsToRemove.Add(before.LocationRef);
            AddLocation(before, null);
        }
    }

    // Added (before is null), altered or removed (after is null); its usage type is the location's affair.
    private bool AddLocation(StoredLink? before, StoredLink? after)
    {
        var prefix = $"{ContactFields.Locations}[{(after ?? before)!.LocationRef}].";
        return Changes.Add(prefix + ContactFields.IsPreferred.Name, before?.IsPreferred, after?.IsPreferred)
            | Changes.Add(prefix + ContactFields.StartDate.Name, before?.StartDate, after?.StartDate)
            | Changes.Add(prefix + ContactFields.EndDate.Name, before?.EndDate, after?.EndDate);
    }
}
