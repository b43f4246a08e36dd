using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;

namespace CrmImport.Features.Rules.EditCustomField;

internal sealed class EditCustomFieldHandler(RecordWriter writer) : IRequestHandler<EditCustomFieldCommand, Answer<WriteAnswer>>
{
    private const int MostOfRecord = 200;

    /// <summary>Keeps others from adding fields until the transaction ends: names are compared, and counted.</summary>
    private const string LockNames = "lock table custom_field in share row exclusive mode";

    private const string ReadNames = "select name from custom_field";

    private const string FindItem = "select exists (select from list_item where list = @List and (@Id::int is null or id = @Id and active))";

    private static readonly RecordTable CustomFields = new(RecordTypes.CustomField, CustomFieldFields.Definition)
    {
        Lock = "select name from custom_field where name = @name",
        Read = $"select {CustomFieldFields.Columns} from custom_field where name = @name",
        Insert =
            """
            insert into custom_field (
                name, type, max_length, list, mandatory, default_value, label, description, retired,
                version, created_at, created_by, updated_at, updated_by)
            values (
                @name, @type, @max_length, @list, @mandatory, @default_value, @label, @description, @retired,
                1, @At, @Account, @At, @Account)
            on conflict do nothing
            """,
        Update =
            """
            update custom_field
            set max_length = @max_length, mandatory = @mandatory, default_value = @default_value, label = @label, description = @description, retired = @retired,
                version = version + 1, updated_at = @At, updated_by = @Account
            where name = @name
            """,
        NotFound = ApiErrors.FieldNotFound,
        IsTenantWide = true,
        BeforeWrite = CheckAsync,
        AlongsideWrite = (write, _) =>
        {
            write.AfterCommit.Add(write.Tenant.Rules.Forget);
            return Task.CompletedTask;
        },
        Address = keys => $"/api/v1/admin/custom-fields/{Uri.EscapeDataString(keys[0])}",
    };

    public Task<Answer<WriteAnswer>> Handle(EditCustomFieldCommand request, CancellationToken cancellationToken) =>
        writer.WriteAsync(CustomFields, request.Edit, request.Tenant, request.Caller, cancellationToken);

    private static async Task<Refusal?> CheckAsync(RecordWrite write, object?[] values)
    {
        var name = Value<string>(CustomFieldFields.FieldName)!;
        if (write.Before is null && await CheckNameAsync(write, name) is { } taken)
        {
            return taken;
        }

        var (type, list) = (Value<string>(CustomFieldFields.Type)!, Value<string>(CustomFieldFields.List));
        var problems = new[] { CustomFieldFields.Type, CustomFieldFields.List }.Where(field => write.Before is not null && IsOther(write.Edit.Input, field, Value<string>(field)))
            .Select(field => Problem.Severe(ApiErrors.FieldReadOnly, field.Name, $"{field.Name} cannot be changed: it is {Value<string>(field) ?? "null"}")).ToList();
        if (problems.Count > 0)
        {
            return Refusal.Of(problems);
        }

        if (type != "text" && Value<int?>(CustomFieldFields.MaxLength) is not null)
        {
            problems.Add(Refused(CustomFieldFields.MaxLength, "can only be set of a text"));
        }

        if ((type == "list") != (list is not null))
        {
            problems.Add(list is null ? Problem.Severe(ApiErrors.FieldMissing, CustomFieldFields.List.Name, "list is missing: the type list needs one") : Refused(CustomFieldFields.List, "can only be set of the type list"));
        }

        var definition = new CustomField(name, type, Value<int?>(CustomFieldFields.MaxLength), list, Mandatory: true, DefaultValue: null, null, null); // blank is no default
        if (problems.Count == 0 && Value<string>(CustomFieldFields.Default) is { } text)
        {
            problems.AddRange(RequirementCheck.ProblemsOfDefault(definition.ToField(), text, CustomFieldFields.Default.Name));
            values[CustomFieldFields.Definition.IndexOf(CustomFieldFields.Default)] = RequirementCheck.Canonical(definition.ToField(), text);
        }

        if (problems.Count == 0 && list is not null)
        {
            var given = Value<string>(CustomFieldFields.Default);
            var id = given is null ? null : (int?)LenientValue.Read(given, definition.ToField(), name);
            if (!await write.Connection.ExecuteScalarAsync<bool>(FindItem, new { List = list, Id = id }))
            {
                problems.Add(id is null ? Refused(CustomFieldFields.List, $"is not there: no list {list}") : Refused(CustomFieldFields.Default, $"is not in the list {list}, or not active: {id}"));
            }
        }

        if (problems.Count > 0)
        {
            return Refusal.Of(problems);
        }

        await WarnAsync(write, new CustomField(name, type, definition.MaxLength, list, Value<bool>(CustomFieldFields.Mandatory), null, null, null), Value<bool>(CustomFieldFields.Retired));
        return null;

        T? Value<T>(Field field) => (T?)values[CustomFieldFields.Definition.IndexOf(field)];
    }

    private static bool IsOther(RecordInput? input, Field field, string? kept) =>
        input is not null && input.IsPresent(input.Shape.IndexOf(field)) && (string?)input[field] != kept;

    private static async Task<Refusal?> CheckNameAsync(RecordWrite write, string name)
    {
        if (!write.Edit.Conditions.IsDryRun)
        {
            await write.Connection.ExecuteAsync(LockNames);
        }

        var names = (await write.Connection.QueryAsync<string>(ReadNames)).AsList();
        var record = name.Split('.')[0];
        return CustomFieldName.FaultOf(name, names) is { } fault ? Refusal.Of([Refused(CustomFieldFields.FieldName, fault)])
            : names.Count(other => other.Split('.')[0] == record) >= MostOfRecord ? Refusal.Of(ApiErrors.TooManyItems, CustomFieldFields.FieldName.Name, $"A {record} has {MostOfRecord} custom fields already, retired ones included")
            : null;
    }

    // How many there are tells what is in them: only who may read them is told. A record that lacks a mandatory field breaks it, as one whose text is too long.
    private static async Task WarnAsync(RecordWrite write, CustomField definition, bool isRetired)
    {
        var ruled = new RuledField(RuledRecord.Find(definition.Record)!, definition.ToField());
        if (isRetired || !(definition.Mandatory || definition.MaxLength is not null) || !write.Caller.Can(ruled.Record.ReadPermission))
        {
            return;
        }

        if (await Violations.CountAsync(write.Connection, ruled, ruled.Field) is > 0 and var broken)
        {
            write.Warnings.Add(Problem.Warning(ApiErrors.RecordsBreakRule, definition.Name, $"{broken} {(broken == 1 ? "record breaks" : "records break")} this already"));
        }
    }

    private static Problem Refused(Field field, string message) => Problem.Severe(ApiErrors.FieldNotAllowed, field.Name, $"{field.Name} {message}");
}
