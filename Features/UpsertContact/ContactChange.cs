using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Writes;

namespace CrmImport.Features.UpsertContact;

/// <summary>What a write would make of what is stored: decided here without touching the database, carried out by <see cref="WritePlan"/>.</summary>
internal sealed class ContactChange
{
    private readonly UpsertContactCommand command;
    private readonly StoredState state;
    private readonly List<Problem> problems = [];

    private ContactChange(UpsertContactCommand command, StoredState state)
    {
        this.command = command;
        this.state = state;
        Before = state.FindContact(command.ClientRef, command.ContactRef);
        Values = Before is null ? new object?[ContactFields.Contact.Fields.Count] : [.. Before.Values];
    }

    public StoredContact? Before { get; }

    /// <summary>The contact's values as they shall be, in the catalogue's order.</summary>
    public object?[] Values { get; }

    /// <summary>What changes in the contact itself.</summary>
    public FieldChanges Changes { get; } = new();

    public List<StoredLink> LocationsToStore { get; } = [];

    public List<string> LocationsToRemove { get; } = [];

    /// <summary>Locations whose usage type changes, with the one they get.</summary>
    public List<(StoredLocation Location, int UsageTypeId)> UsageTypes { get; } = [];

    /// <summary>Locations whose preferred contact this one becomes, some of them in another's place.</summary>
    public List<StoredLocation> NewlyPreferred { get; } = [];

    public WriteOutcome Outcome =>
        Before is null ? WriteOutcome.Created
        : Changes.IsEmpty && UsageTypes.Count == 0 ? WriteOutcome.Unchanged
        : WriteOutcome.Updated;

    /// <summary>The change, or why it must not be: a stale version, unknown references and days that do not fit (all at once), missing permission.</summary>
    public static Answer<ContactChange> Decide(UpsertContactCommand command, StoredState state)
    {
        var change = new ContactChange(command, state);
        if (!command.Precondition.Holds(change.Before is null ? null : RecordHistory.ETagOf(change.Before.Version)))
        {
            return new Refusal(ApiErrors.PreconditionFailed, change.Before is null ? "The contact does not exist" : $"The contact's version is {change.Before.Version}");
        }

        change.CheckClient();
        change.SetFields();
        change.SetLocations();
        if (change.problems.Count > 0)
        {
            return Refusal.Of(change.problems);
        }

        var needed = change.Outcome switch
        {
            WriteOutcome.Created => Permissions.ContactAdd,
            WriteOutcome.Updated => Permissions.ContactEdit,
            _ => null,
        };
        return needed is null || command.Caller.Can(needed) ? change : new Refusal(ApiErrors.Forbidden, $"This needs the permission {needed}");
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
            if (!input.IsGiven(i))
            {
                continue;
            }

            var value = input[i] is "" && !field.Mandatory ? null : input[i];
            if (value is int id && field.List is { } list && !state.HasListItem(list, id))
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

            CheckUsageType(input);
        }

        if (command is { Locations: LocationsMode.Replace, Contact.Children: { } listed })
        {
            RemoveAllBut(listed.Select(location => location.Text(ContactFields.LocationRef)).ToHashSet(StringComparer.Ordinal));
        }
    }

    private void SetLocation(RecordInput input, StoredLocation stored)
    {
        var before = Before?.Links.GetValueOrDefault(stored.LocationRef);
        var after = new StoredLink(
            stored.LocationRef,
            (bool)input[ContactFields.IsPreferred]!,
            Given(ContactFields.StartDate, before?.StartDate),
            Given(ContactFields.EndDate, before?.EndDate));
        if (after.EndDate < after.StartDate)
        {
            var path = input.PathOf(ContactFields.EndDate);
            Fault(ApiErrors.EndBeforeStart, path, $"{path} {FieldValue.Iso(after.EndDate.Value)} lies before startDate {FieldValue.Iso(after.StartDate.Value)}");
        }

        if (Changes.AddLocation(before, after))
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

        DateOnly? Given(Field field, DateOnly? stored) => input.IsGiven(input.Shape.IndexOf(field)) ? (DateOnly?)input[field] : stored;
    }

    private void CheckUsageType(RecordInput input)
    {
        if (input[ContactFields.UsageTypeId] is int id && !state.HasListItem(ContactFields.UsageTypes, id))
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
            Changes.AddLocation(before, null);
        }
    }

    private void Fault(ApiError error, string path, string message) => problems.Add(Problem.Severe(error, path, message));
}
