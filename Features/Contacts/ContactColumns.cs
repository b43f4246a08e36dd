using System.Data.Common;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Contacts;

/// <summary>Reads contacts from a result that has the catalogue's columns, the history's, and the associations' as arrays ordered by locationRef.</summary>
/// <param name="header">The result.</param>
/// <param name="shape">A contact as the database has it.</param>
internal sealed class ContactColumns(DbDataReader header, RecordShape shape)
{
    private readonly int[] fields = [.. ContactFields.Contact.Fields.Select(field => header.GetOrdinal(field.Column))];
    private readonly int version = header.GetOrdinal("version");
    private readonly int createdAt = header.GetOrdinal("created_at");
    private readonly int createdBy = header.GetOrdinal("created_by");
    private readonly int updatedAt = header.GetOrdinal("updated_at");
    private readonly int updatedBy = header.GetOrdinal("updated_by");
    private readonly int locationRefs = header.GetOrdinal("location_refs");
    private readonly int preferred = header.GetOrdinal("preferred");
    private readonly int startDates = header.GetOrdinal("start_dates");
    private readonly int endDates = header.GetOrdinal("end_dates");
    private readonly int usageTypeIds = header.GetOrdinal("usage_type_ids");
    private readonly int archivedAt = header.GetOrdinal("archived_at");
    private readonly int custom = header.GetOrdinal(CustomField.Column);

    /// <summary>The contact in the reader's current row.</summary>
    public Contact Read(DbDataReader row)
    {
        var values = new object?[shape.Fields.Count];
        for (var i = 0; i < fields.Length; i++)
        {
            values[i] = row.IsDBNull(fields[i]) ? null
                : ContactFields.Contact.Fields[i].Kind == FieldKind.Integer ? row.GetInt32(fields[i])
                : row.GetString(fields[i]);
        }

        if (shape.HasCustom)
        {
            CustomValues.Read(row.IsDBNull(custom) ? null : row.GetString(custom), shape, values);
        }

        var history = new RecordHistory(row.GetInt64(version), row.GetDateTime(createdAt), row.GetString(createdBy), row.GetDateTime(updatedAt), row.GetString(updatedBy))
        {
            ArchivedAt = row.IsDBNull(archivedAt) ? null : row.GetDateTime(archivedAt),
        };
        return new Contact(shape, values, ReadLocations(row), history);
    }

    private ContactLocation[] ReadLocations(DbDataReader row)
    {
        if (row.IsDBNull(locationRefs))
        {
            return [];
        }

        var refs = row.GetFieldValue<string[]>(locationRefs);
        var flags = row.GetFieldValue<bool[]>(preferred);
        var starts = row.GetFieldValue<DateOnly?[]>(startDates);
        var ends = row.GetFieldValue<DateOnly?[]>(endDates);
        var usages = row.GetFieldValue<int?[]>(usageTypeIds);
        return [.. refs.Select((locationRef, i) => new ContactLocation(locationRef, flags[i], starts[i], ends[i], usages[i]))];
    }
}
