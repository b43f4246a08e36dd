using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>What a write would make of what is stored: decided here without touching the database, carried out by <see cref="WritePlan"/>.</summary>
internal sealed partial class ContactChange
{
    private readonly UpsertContactCommand command;
    private readonly StoredState state;
    private readonly List<Problem> problems = [];

    private ContactChange(UpsertContactCommand command, StoredState state)
    {
        this.command = command;
        this.state = state;
        (ClientRef, ContactRef) = (command.ClientRef, command.ContactRef);
        Before = state.FindContact(ClientRef, ContactRef);
        PartyId = Before is null ? state.NewPartyId(command) : Before.PartyId;
        Values = Before is null ? new object?[ContactFields.Contact.Fields.Count] : [.. Before.Values];
    }

    public string ClientRef { get; }

    public string ContactRef { get; }

    public StoredContact? Before { get; }

    /// <summary>The contact's values as they shall be, in the catalogue's order.</summary>
    public object?[] Values { get; }

    /// <summary>The contact's number: its own, or the one it gets where it was asked for; else null, and the database gives it one.</summary>
    public long? PartyId { get; }

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

    private bool IsWhole => command.Mode is ContactWriteMode.Replace or ContactWriteMode.Edit;

    public WriteOutcome Outcome =>
        Before is null ? WriteOutcome.Created
        : Changes.IsEmpty && UsageTypes.Count == 0 ? WriteOutcome.Unchanged
        : WriteOutcome.Updated;

    /// <summary>The change, or why it must not be: a stale version, unknown references and days that do not fit (all at once), missing permission.</summary>
    public static Answer<ContactChange> Decide(UpsertContactCommand command, StoredState state)
    {
        var change = new ContactChange(command, state);
        if (change.CheckStored() is { } refusal)
        {
            return refusal;
        }

        change.CheckClient();
        change.SetFields();
        change.SetLocations();
        if (change.problems.Count > 0)
        {
            return Refusal.Of(change.problems);
        }

        return change.FindMissingPermission() is { } missing ? new Refusal(ApiErrors.Forbidden, $"This requires the permission {missing}") : change;
    }

    private string? FindMissingPermission()
    {
        var caller = command.Caller;
        return Outcome == WriteOutcome.Created && !caller.Can(Permissions.ContactAdd) ? Permissions.ContactAdd
            : Outcome == WriteOutcome.Updated && !caller.Can(Permissions.ContactEdit) ? Permissions.ContactEdit
            : UsageTypes.Count > 0 && !caller.Can(Permissions.LocationEdit) ? Permissions.LocationEdit
            : null;
    }

    private Refusal? CheckStored()
    {
        var precondition = command.Conditions.Precondition;
        return (command.Mode, Before) switch
        {
            (ContactWriteMode.Create, not null) => new Refusal(ApiErrors.ContactExists, $"Client {command.ClientRef} already has a contact {command.ContactRef}"),
            (ContactWriteMode.Edit, null) => new Refusal(ApiErrors.ContactNotFound, $"Client {command.ClientRef} has no contact {command.ContactRef}"),
            (_, null) => precondition.Holds(null) ? null : new Refusal(ApiErrors.PreconditionFailed, "The contact does not exist"),
            _ when !precondition.Holds(RecordHistory.ETagOf(Before.Version), Before.History?.UpdatedAt) => new Refusal(ApiErrors.PreconditionFailed, $"The contact's version is {Before.Version}"),
            _ when command.MustNameVersion && !precondition.NamesVersion => Precondition.Missing("contact"),
            _ => null,
        };
    }

    private void CheckClient()
    {
        if (!state.HasClient(command.ClientRef))
        {
            // Oneserve's words: its clients look for them.
            Fault(ApiErrors.UnknownClient, command.Contact.PathOf(ContactFields.ClientRef), "Unable to locate client ref supplied");
        }
    }

    private void SetFields()
    {
        var input = command.Contact;
        for (var i = 0; i < Values.Length; i++)
        {
            var field = input.Shape.Fields[i];
            if (!input.IsPresent(i) && !IsWhole)
            {
                continue;
            }

            var value = input[i] is "" && !field.Mandatory ? null : input[i];
            if (value is int id && field.List is { } list && !state.HasListItem(list, id) && !(Values[i] is int stored && stored == id)) // what is stored may have been switched off since
            {
                Fault(ApiErrors.UnknownContactType, input.PathOf(field), $"{input.PathOf(field)} {id} is not one of the contact types");
            }

            if (i >= ContactFields.FirstUpdatable)
            {
                Changes.Add(field.Name, Values[i], value);
            }

            Values[i] = value;
        }
    }

    private void SetLocations()
    {
        foreach (var input in command.Contact.Children ?? [])
        {
            var locationRef = input.Text(ContactFields.LocationRef);
            if (state.FindLocation(command.ClientRef, locationRef) is { } stored)
            {
                SetLocation(input, stored);
            }
            else if (state.HasClient(command.ClientRef))
            {
                var path = input.PathOf(ContactFields.LocationRef);
                Fault(ApiErrors.UnknownLocation, path, $"{path} {locationRef} is not a location of client {command.ClientRef}");
            }

            CheckUsageType(input, state.FindLocation(command.ClientRef, locationRef)?.UsageTypeId);
        }

        if (IsWhole || command is { Locations: LocationsMode.Replace, Contact.Children: not null })
        {
            RemoveAllBut((command.Contact.Children ?? []).Select(location => location.Text(ContactFields.LocationRef)).ToHashSet(StringComparer.Ordinal));
        }
    }

    private void SetLocation(RecordInput input, StoredLocation stored)
    {
        var before = Before?.Links.GetValueOrDefault(stored.LocationRef);
        var after = new StoredLink(
            stored.LocationRef,
            (bool)input[ContactFields.IsPreferred]!,
            Given(ContactFields.StartDate, before?.StartDate),
            Given(ContactFields.EndDate, before?.EndDate))
        { UsageTypeId = stored.UsageTypeId };
        if (after.EndDate < after.StartDate)
        {
            var path = input.PathOf(ContactFields.EndDate);
            Fault(ApiErrors.EndBeforeStart, path, $"{path} {FieldValue.Iso(after.EndDate.Value)} is before startDate {FieldValue.Iso(after.StartDate.Value)}");
        }

        if (AddLocation(before, after))
        {
            LocationsToStore.Add(after);
        }

        if (after.IsPreferred && before is not { IsPreferred: true })
        {
            NewlyPreferred.Add(stored);
        }

        if (input[ContactFields.UsageTypeId] is int usageType && usageType != stored.UsageTypeId)
        {
            UsageTypes.Add((stored, usageType));
        }

        DateOnly? Given(Field field, DateOnly? stored) => input.IsPresent(input.Shape.IndexOf(field)) || IsWhole ? (DateOnly?)input[field] : stored;
    }

    private void CheckUsageType(RecordInput input, int? stored)
    {
        if (input[ContactFields.UsageTypeId] is int id && id != stored && !state.HasListItem(ContactFields.UsageTypes, id))
        {
            var path = input.PathOf(ContactFields.UsageTypeId);
            Fault(ApiErrors.UnknownUsageType, path, $"{path} {id} is not one of the usage types");
        }
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

    private void Fault(ApiError error, string path, string message) => problems.Add(Problem.Severe(error, path, message));
}
