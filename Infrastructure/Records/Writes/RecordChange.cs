using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Records.Patches;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>A record as it is stored: its values in the shape's order, and its history.</summary>
internal sealed record StoredRecord(object?[] Values, RecordHistory History)
{
    /// <summary>From a row with the catalogue's fields of the shape, in its order and without secrets; then the history, <c>archived_at</c> where there is an archive, and <c>custom</c> where fields can be added.</summary>
    public static StoredRecord Read(DbDataReader row, RecordShape shape, bool hasArchive)
    {
        var history = 0;
        var values = shape.Fields.Select(field => field.Secret || field.IsCustom ? null : Value(row, field, history++)).ToArray();
        if (shape.HasCustom)
        {
            CustomValues.Read(row.GetValue(row.GetOrdinal(CustomField.Column)) as string, shape, values);
        }

        return new StoredRecord(values, new RecordHistory(
            row.GetInt64(history), row.GetDateTime(history + 1), row.GetString(history + 2), row.GetDateTime(history + 3), row.GetString(history + 4))
        {
            ArchivedAt = !hasArchive || row.IsDBNull(history + 5) ? null : row.GetDateTime(history + 5),
        });
    }

    private static object? Value(DbDataReader row, Field field, int column) =>
        row.IsDBNull(column) ? null : field.Kind switch
        {
            FieldKind.Integer => row.GetInt32(column),
            FieldKind.Long => row.GetInt64(column),
            FieldKind.Boolean => row.GetBoolean(column),
            FieldKind.Timestamp => row.GetDateTime(column),
            FieldKind.TextList => new TextList(row.GetFieldValue<string[]>(column)),
            _ => row.GetString(column),
        };

    /// <summary>As answers have it.</summary>
    public void Write(Utf8JsonWriter writer, RecordShape shape)
    {
        writer.WriteStartObject();
        FieldValue.WriteAll(writer, shape, Values);
        History.Write(writer, shape.History.Contains(RecordHistory.CreatedByName));
        writer.WriteEndObject();
    }
}

/// <summary>What an edit makes of a record: decided on what is stored, carried out by <see cref="RecordWriter"/>.</summary>
internal sealed class RecordChange
{
    public RecordChange(RecordTable table, RecordEditMode mode, StoredRecord? before, object?[] values, DateTime at, Caller caller)
    {
        IsOfArchive = mode is RecordEditMode.Archive or RecordEditMode.Restore;
        IsArchived = mode == RecordEditMode.Archive;
        ChangesArchive = before is not null && before.History.IsArchived != IsArchived;
        var changes = table.Shape.Fields.Select((field, i) => (Field: field, Before: before?.Values[i], After: values[i]));
        Changes = [.. changes.Where(change => !change.Field.Key && !change.Field.ReadOnly && !Equals(change.Before, change.After))];
        Keys = [.. table.Shape.Fields.Zip(values).Where(field => field.First.Key).Select(field => Convert.ToString(field.Second, CultureInfo.InvariantCulture)!)];
        Outcome = before is null ? WriteOutcome.Created : Changes.Count == 0 && !ChangesArchive ? WriteOutcome.Unchanged : WriteOutcome.Updated;
        var history = before?.History ?? new RecordHistory(0, at, caller.OpId, at, caller.OpId);
        After = new StoredRecord(values, Outcome == WriteOutcome.Unchanged ? history : history with { Version = history.Version + 1, UpdatedAt = at, UpdatedBy = caller.OpId, ArchivedAt = IsArchived ? at : null });
    }

    private bool IsOfArchive { get; }

    private bool IsArchived { get; }

    /// <summary>Whether the record is archived or restored.</summary>
    public bool ChangesArchive { get; }

    public WriteOutcome Outcome { get; }

    public StoredRecord After { get; }

    /// <summary>The keys as they are stored, whatever case they were asked for in.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>The fields that change, before and after.</summary>
    public IReadOnlyList<(Field Field, object? Before, object? After)> Changes { get; }

    /// <summary>The values the record would have, or why it must not be written: it would break a rule. A patch is of a version: it is made where the record is there in that version only.</summary>
    public static Answer<object?[]> Decide(RecordTable table, RecordEdit edit, StoredRecord? before, bool isVersionRequired) =>
        edit.Mode is RecordEditMode.Archive or RecordEditMode.Restore ? before is null ? NotFound(table, edit, before) : before.Values.ToArray()
            : edit.Mode != RecordEditMode.Patch ? Judged(table.Shape, edit, before)
            : CheckStored(table, edit, before, isVersionRequired) is { } refusal ? refusal
            : Patched(table.Shape, edit.Patch!, before!);

    /// <summary>The refusal of a change that the caller may not make.</summary>
    public Refusal? CheckPermission(RecordTable table, Caller caller)
    {
        var needed = Outcome switch
        {
            _ when IsOfArchive => table.Archive!.Permission,
            WriteOutcome.Created => table.AddPermission,
            WriteOutcome.Updated => table.EditPermission,
            _ => null,
        };
        return needed is null || caller.Can(needed) ? null : new Refusal(ApiErrors.Forbidden, $"This requires the permission {needed}");
    }

    /// <summary>What the audit keeps: <c>{"name":["old","new"]}</c>.</summary>
    public void WriteChanges(Utf8JsonWriter writer)
    {
        var changes = new FieldChanges();
        if (ChangesArchive)
        {
            changes.Add("archived", !IsArchived, IsArchived);
        }

        foreach (var (field, before, after) in Changes)
        {
            if (field.Secret)
            {
                changes.AddSecret(field.Name);
            }
            else
            {
                changes.Add(field.Name, before, after);
            }
        }

        changes.Write(writer);
    }

    /// <summary>The refusal of a record that is not there, is there already, or is not of the version it must be.</summary>
    public static Refusal? CheckStored(RecordTable table, RecordEdit edit, StoredRecord? before, bool isVersionRequired)
    {
        var precondition = edit.Conditions.Precondition;
        var found = before is { History.IsArchived: true } && edit.Mode is not (RecordEditMode.Archive or RecordEditMode.Restore) ? null : before; // what a read would find
        return found is null && edit.Mode == RecordEditMode.Patch ? NotFound(table, edit, before)
            : before is not null && edit.Mode == RecordEditMode.Create ? new Refusal(table.Exists, $"{table.Name} {string.Join(' ', edit.Keys)} already exists{ArchivedParameter.Hint(before.History.ArchivedAt)}")
            : found is null && before is not null ? (precondition.IsNone ? null : new Refusal(ApiErrors.PreconditionFailed, $"The {table.Name} is archived"))
            : !precondition.Holds(found?.History.ETag, found?.History.UpdatedAt)
                ? new Refusal(ApiErrors.PreconditionFailed, found is not null ? $"The {table.Name}'s version is {found.History.Version}" : $"The {table.Name} does not exist")
            : isVersionRequired && found is not null && !precondition.NamesVersion
                ? Precondition.Missing(table.Name)
            : null;
    }

    private static Refusal NotFound(RecordTable table, RecordEdit edit, StoredRecord? before) =>
        new(table.NotFound, $"No {table.Name} {string.Join(' ', edit.Keys)}{ArchivedParameter.Hint(before?.History.ArchivedAt)}");

    // What is not given stays, and must keep the database's rules with what is.
    private static Answer<object?[]> Judged(RecordShape shape, RecordEdit edit, StoredRecord? before)
    {
        var values = Given(shape, edit, before);
        var problems = shape.IsTightened && before is not null && edit.Mode == RecordEditMode.Upsert ? RecordRules.ProblemsOfStored(edit.Input!, values).ToArray() : [];
        return problems.Length > 0 ? Refusal.Of(problems) : values;
    }

    private static object?[] Given(RecordShape shape, RecordEdit edit, StoredRecord? before)
    {
        var values = new object?[shape.Fields.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var field = shape.Fields[i];
            var stays = field.ReadOnly || (field.CreateOnly && before is not null) || (edit.Mode == RecordEditMode.Upsert && !edit.Input!.IsPresent(i));
            values[i] = field.DefaultIfAbsent is not null && !edit.Input!.IsPresent(i) && (before is null || edit.Mode == RecordEditMode.Replace || (field.Mandatory && before.Values[i] is null)) ? field.DefaultIfAbsent
                : stays ? before?.Values[i] ?? (field.Key ? edit.Input![i] : null)
                : edit.Input![i] is "" && !field.Mandatory ? null
                : edit.Input[i] ?? field.Default;
        }

        return values;
    }

    // What a group only shows goes with what can be set of it, whatever a client repeats of it: by itself it cannot be changed.
    private static IEnumerable<Problem> ShownOnly(RecordShape shape, JsonObject before, JsonObject after) =>
        from field in shape.Fields
        where field is { ReadOnly: true, Group: not null } && after.ContainsKey(field.Name) && !JsonNode.DeepEquals(before[field.Name], after[field.Name])
        where !shape.Fields.Any(other => other.Group == field.Group && !other.ReadOnly && !JsonNode.DeepEquals(before[other.Name], after[other.Name]))
        select Problem.Severe(ApiErrors.FieldReadOnly, field.Name, $"{field.Name} cannot be changed");

    private static Answer<object?[]> Patched(RecordShape shape, Patch patch, StoredRecord before)
    {
        var document = JsonNode.Parse(RecordAnswer.ToJson(writer => before.Write(writer, shape)))!.AsObject();
        foreach (var secret in shape.Fields.Where(field => field.Secret))
        {
            document[secret.Name] = null; // there to be set, never to be seen
        }

        if (shape.Fields.FirstOrDefault(field => field.Secret && patch.Takes(field.Name)) is { } taken)
        {
            return Refusal.Of(ApiErrors.InvalidPatch, taken.Name, $"{taken.Name} can be set but not copied or moved");
        }

        var after = patch.ApplyTo(document, shape.AlsoReturned);
        if (after.Refusal is not null)
        {
            return after.Refusal;
        }

        var (flatBefore, flatAfter) = shape.Groups.Count == 0 ? (document, after) : (GroupedFields.Flatten(document, shape).Value, GroupedFields.Flatten(after.Value, shape));
        if (flatAfter.Refusal is not null)
        {
            return flatAfter.Refusal;
        }

        if (ShownOnly(shape, flatBefore, flatAfter.Value).ToArray() is { Length: > 0 } shown)
        {
            return Refusal.Of(shown);
        }

        // A group that is replaced need not repeat what can only be read.
        var kept = shape.Fields.Where(field => ((field.ReadOnly && field.Group is null) || field.CreateOnly) && !field.Key);
        var record = PatchedRecord.Read(flatBefore, flatAfter.Value, shape, [.. kept.Select(field => field.Name)]);
        if (record.Refusal is not null)
        {
            return record.Refusal;
        }

        foreach (var createOnly in shape.Fields.Where(field => field.CreateOnly))
        {
            record.Value.Set(shape.IndexOf(createOnly), before.Values[shape.IndexOf(createOnly)]);
        }

        var problems = RecordRules.ProblemsOf(record.Value).ToArray();
        return problems.Length > 0
            ? Refusal.Of(problems)
            : Given(shape, new RecordEdit(RecordEditMode.Replace, [], record.Value, null, WriteConditions.None), before);
    }
}
