using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;

namespace CrmImport.Features.Rules.EditRequirement;

internal sealed class EditRequirementHandler(RecordWriter writer) : IRequestHandler<EditRequirementCommand, Answer<WriteAnswer>>
{
    private const string FindUnlisted = "select wanted from unnest(@Ids) as wanted where not exists (select from list_item i where i.list = @List and i.id = wanted and i.active)";

    private static readonly RecordTable Requirements = new(RecordTypes.FieldRequirement, RequirementFields.Requirement)
    {
        Lock = "select only_row from database_setting", // a field that nobody changed has no row to lock
        Read = $"select {RequirementFields.Columns} from {RequirementFields.Source.Replace("@Fields::text[]", "array[@field]::text[]", StringComparison.Ordinal)}",
        Update =
            """
            insert into field_requirement (
                field, mandatory, non_empty, max_length, pattern, allowed, default_value, label, description, hidden,
                version, created_at, created_by, updated_at, updated_by)
            values (
                @field, @mandatory, @non_empty, @max_length, @pattern, @allowed, @default_value, @label, @description, @hidden,
                1, @At, @Account, @At, @Account)
            on conflict (field) do update
            set mandatory = excluded.mandatory, non_empty = excluded.non_empty, max_length = excluded.max_length, pattern = excluded.pattern, allowed = excluded.allowed,
                default_value = excluded.default_value, label = excluded.label, description = excluded.description, hidden = excluded.hidden,
                version = field_requirement.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by
            """,
        NotFound = ApiErrors.FieldNotFound,
        IsTenantWide = true,
        BeforeWrite = CheckAsync,
        AlongsideWrite = (write, _) =>
        {
            write.AfterCommit.Add(write.Tenant.Rules.Forget);
            return Task.CompletedTask;
        },
        Address = keys => $"/api/v1/admin/field-requirements/{Uri.EscapeDataString(keys[0])}",
    };

    public Task<Answer<WriteAnswer>> Handle(EditRequirementCommand request, CancellationToken cancellationToken) =>
        writer.WriteAsync(Requirements, request.Edit, request.Tenant, request.Caller, cancellationToken);

    // What cannot be demanded of the field; then how many records do not keep what is demanded.
    private static async Task<Refusal?> CheckAsync(RecordWrite write, object?[] values)
    {
        var ruled = RuledField.Find(write.Edit.Keys[0])!;
        var requirement = Of(values);
        var problems = RequirementCheck.ProblemsOf(ruled.Field, requirement).ToList();
        var tightened = problems.Count == 0 ? requirement.Tighten(ruled.Field) : ruled.Field;
        if (problems.Count == 0 && tightened.List is { } list)
        {
            int[] ids = [.. tightened.Allowed.Select(text => (int)LenientValue.Read(text, ruled.Field, "")!), .. tightened.DefaultIfAbsent is int id ? [id] : Array.Empty<int>()];
            problems.AddRange((await write.Connection.QueryAsync<int>(FindUnlisted, new { List = list, Ids = ids })).Select(unlisted =>
                Problem.Severe(ApiErrors.FieldNotAllowed, tightened.DefaultIfAbsent is int given && given == unlisted ? RequirementFields.Default.Name : RequirementFields.Allowed.Name, $"{unlisted} is not in the list {list}, or not active")));
        }

        if (problems.Count > 0)
        {
            return Refusal.Of(problems);
        }

        // As they are compared: 01 is 1.
        Set(RequirementFields.Allowed, new TextList(requirement.Allowed.Select(text => RequirementCheck.Canonical(ruled.Field, text))));
        Set(RequirementFields.Default, requirement.DefaultValue is { } sent ? RequirementCheck.Canonical(ruled.Field, sent) : null);
        tightened = Of(values).Tighten(ruled.Field);

        // How many there are tells what is in them: only who may read them is told.
        var broken = RequirementCheck.MayBreak(requirement) && write.Caller.Can(ruled.Record.ReadPermission) ? await Violations.CountAsync(write.Connection, ruled, tightened) : 0;
        if (broken > 0)
        {
            write.Warnings.Add(Problem.Warning(ApiErrors.RecordsBreakRule, ruled.Name, $"{broken} {(broken == 1 ? "record breaks" : "records break")} this already; see {Requirements.Address([ruled.Name])}/violations"));
        }

        return null;

        void Set(Field field, object? value) => values[RequirementFields.Requirement.IndexOf(field)] = value;
    }

    private static FieldRequirement Of(object?[] values)
    {
        return new(
            Value<string>(RequirementFields.FieldName)!, Value<bool>(RequirementFields.Mandatory), Value<bool>(RequirementFields.NonEmpty), Value<int?>(RequirementFields.MaxLength), Value<string>(RequirementFields.Pattern),
            [.. Value<TextList>(RequirementFields.Allowed)!.Items], Value<string>(RequirementFields.Default), null, null, Value<bool>(RequirementFields.Hidden));

        T? Value<T>(Field field) => (T?)values[RequirementFields.Requirement.IndexOf(field)];
    }
}
