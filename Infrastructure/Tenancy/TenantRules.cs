using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Fields;
using Dapper;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>A database's rules for fields (tables field_requirement and custom_field), compiled once and remembered until they change.</summary>
internal sealed class TenantRules(DatabasePool db, ChangeListener listener)
{
    private const string Sql =
        """
        select field, mandatory, non_empty, max_length, pattern, allowed, default_value, label, description, hidden from field_requirement;

        select name, type, max_length, list, mandatory, default_value, label, description from custom_field where not retired or @WithRetired order by created_at, name
        """;

    private const string All = "";

    private readonly TenantCache<string, FieldRules> remembered = new(listener, capacity: 1);

    public async ValueTask<FieldRules> ReadAsync(CancellationToken cancellationToken) =>
        remembered.Find(All) ?? (await remembered.ReadAsync(All, () => QueryAsync(withRetired: false, cancellationToken)))!;

    /// <summary>A kind of record as the database has it.</summary>
    public async ValueTask<RecordShape> OfAsync(RecordShape shape, CancellationToken cancellationToken) => (await ReadAsync(cancellationToken)).Of(shape);

    /// <summary>The same with the fields that were retired, for what gives back values of before.</summary>
    public async Task<RecordShape> WithRetiredAsync(RecordShape shape, CancellationToken cancellationToken) =>
        (await QueryAsync(withRetired: true, cancellationToken))!.Of(shape);

    public void Forget() => remembered.Forget((_, _) => true);

    private async Task<FieldRules?> QueryAsync(bool withRetired, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(Sql, new { WithRetired = withRetired }, cancellationToken: cancellationToken));
        var (rows, added) = ((await results.ReadAsync<Row>()).AsList(), (await results.ReadAsync<CustomField>()).AsList());
        return rows.Count + added.Count == 0 ? FieldRules.None : new FieldRules(rows.Select(row => row.ToRequirement()), added);
    }

    /// <summary>Set by Dapper; no positional record, since the driver says of an array column no more than that it is an array.</summary>
    private sealed class Row
    {
        public string Field { get; init; } = "";

        public bool Mandatory { get; init; }

        public bool NonEmpty { get; init; }

        public int? MaxLength { get; init; }

        public string? Pattern { get; init; }

        public string[] Allowed { get; init; } = [];

        public string? DefaultValue { get; init; }

        public string? Label { get; init; }

        public string? Description { get; init; }

        public bool Hidden { get; init; }

        public FieldRequirement ToRequirement() => new(Field, Mandatory, NonEmpty, MaxLength, Pattern, Allowed, DefaultValue, Label, Description, Hidden);
    }
}
