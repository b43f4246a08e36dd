using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using Npgsql;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>What a contact refers to: its client, contact types, locations, usage types; and the days of an association, which may be stored in part. All that is unknown or wrong at once, in field order.</summary>
internal static class ContactReferences
{
    /// <summary>Oneserve's words: its clients look for them.</summary>
    private const string UnknownClient = "Unable to locate client ref supplied";

    public static List<Problem> ProblemsOf(UpsertContactCommand command, StoredState state)
    {
        var problems = new List<Problem>();
        var (input, before) = (command.Contact, state.FindContact(command.ClientRef, command.ContactRef));
        var stored = before?.ValuesOf(input.Shape);
        var hasClient = state.HasClient(command.ClientRef);
        if (!hasClient && !(command.IsOfArchive && (before is null || command.Mode == ContactWriteMode.Archive)))
        {
            problems.Add(Problem.Severe(
                ApiErrors.UnknownClient, input.PathOf(ContactFields.ClientRef), command.IsOfArchive ? $"Client {command.ClientRef} is archived: restore it first" : $"{UnknownClient}: {command.ClientRef}"));
        }

        if (input.IsPartial && before is null && command.Mode != ContactWriteMode.Update)
        {
            problems.AddRange(RecordRules.MissingOf(input)); // of one that is there, what is not given stays
        }
        else if (input.Shape.IsTightened && before is not null && !command.IsWhole && !command.IsOfArchive)
        {
            problems.AddRange(RecordRules.ProblemsOfStored(input, stored!));
        }

        for (var i = ContactFields.FirstUpdatable; i < input.Shape.Fields.Count; i++)
        {
            // What is stored may have been switched off since.
            var field = input.Shape.Fields[i];
            if (field.List is { } list && input[i] is int id && !state.HasListItem(list, id) && !(stored?[i] is int kept && kept == id))
            {
                problems.Add(field.IsCustom
                    ? Problem.Severe(ApiErrors.FieldOutOfRange, input.PathOf(field), $"{input.PathOf(field)} {id} is not in the list {list}")
                    : Problem.Severe(ApiErrors.UnknownContactType, input.PathOf(field), $"{input.PathOf(field)} {id} is not one of the contact types"));
            }
        }

        foreach (var location in input.Children ?? [])
        {
            AddLocation(problems, command, location, state, before, hasClient);
        }

        return problems;
    }

    /// <summary>The refusal; where the client is the first that is unknown, in the document's words.</summary>
    public static Refusal ToRefusal(IReadOnlyList<Problem> problems)
    {
        var refusal = Refusal.Of(problems);
        return refusal.Error == ApiErrors.UnknownClient && refusal.Message.StartsWith(UnknownClient, StringComparison.Ordinal) ? refusal with { Message = UnknownClient } : refusal;
    }

    private static void AddLocation(List<Problem> problems, UpsertContactCommand command, RecordInput input, StoredState state, StoredContact? before, bool hasClient)
    {
        var locationRef = input.Text(ContactFields.LocationRef);
        var stored = state.FindLocation(command.ClientRef, locationRef);
        if (stored is null && hasClient)
        {
            var path = input.PathOf(ContactFields.LocationRef);
            problems.Add(Problem.Severe(ApiErrors.UnknownLocation, path, $"{path} {locationRef} is not a location of client {command.ClientRef}"));
        }

        var link = before?.Links.GetValueOrDefault(locationRef);
        var (start, end) = (command.Given(input, ContactFields.StartDate, link?.StartDate), command.Given(input, ContactFields.EndDate, link?.EndDate));
        if (end < start)
        {
            var path = input.PathOf(ContactFields.EndDate);
            problems.Add(Problem.Severe(ApiErrors.EndBeforeStart, path, $"{path} {FieldValue.Iso(end.Value)} is before startDate {FieldValue.Iso(start.Value)}"));
        }

        if (input[ContactFields.UsageTypeId] is int id && id != stored?.UsageTypeId && !state.HasListItem(ContactFields.UsageTypes, id))
        {
            var path = input.PathOf(ContactFields.UsageTypeId);
            problems.Add(Problem.Severe(ApiErrors.UnknownUsageType, path, $"{path} {id} is not one of the usage types"));
        }
    }
}

/// <summary>For a contact with faults in its fields: after them, what is unknown of the rest, so that one round of mending is enough.</summary>
internal sealed class ContactReferenceCheck : IReferenceCheck<UpsertContactCommand>
{
    public async Task<Refusal> AddAsync(UpsertContactCommand request, IReadOnlyList<Problem> problems, CancellationToken cancellationToken)
    {
        var faults = problems.Where(problem => problem.Level == Problem.SevereLevel).Select(problem => problem.Field).ToHashSet(StringComparer.Ordinal);
        try
        {
            await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
            var state = await StoredState.ReadAsync(request.Tenant, connection, [request], cancellationToken);
            var isClientKnown = !faults.Contains(request.Contact.PathOf(ContactFields.ClientRef));
            var unknown = ContactReferences.ProblemsOf(request, state)
                .Where(problem => !faults.Contains(problem.Field) && (isClientKnown || (problem.Error != ApiErrors.UnknownClient && problem.Error != ApiErrors.UnknownLocation)));
            return Refusal.Of([.. ProblemBudget.Limit(problems.Concat(unknown))]);
        }
        catch (NpgsqlException)
        {
            return Refusal.Of(problems); // what the fields say is true whether the database answers or not
        }
    }
}
