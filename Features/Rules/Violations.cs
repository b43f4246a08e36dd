using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using Npgsql;

namespace CrmImport.Features.Rules;

/// <summary>A record that breaks a field's rule: its refs, the value, and what is wrong with it.</summary>
internal sealed record Violation(string ClientRef, string? ContactRef, string? LocationRef, string? Value, string Code, string Message);

/// <summary>Finds the live records that break a rule, by the very code that judges new ones: no second meaning of a pattern or of a length.</summary>
internal static class Violations
{
    public static async Task<long> CountAsync(NpgsqlConnection connection, RuledField ruled, Field tightened)
    {
        var count = 0L;
        await foreach (var _ in FindAsync(connection, null, ruled, tightened, CancellationToken.None))
        {
            count++;
        }

        return count;
    }

    /// <summary>Them, in the order of the refs.</summary>
    public static async IAsyncEnumerable<Violation> FindAsync(
        NpgsqlConnection connection, string? before, RuledField ruled, Field tightened, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] refs = [.. ruled.Record.Shape.Fields.Where(field => field.Key).Select(field => field.Column)];
        await using var command = new NpgsqlCommand($"{before}select {string.Join(", ", refs)}, {ruled.Field.Column} from {ruled.Record.Live} order by {string.Join(", ", refs)}", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var value = rows.IsDBNull(refs.Length) ? null : ruled.Field.IsCustom && LenientValue.Read(rows.GetString(refs.Length), ruled.Field, ruled.Name) is { } read ? read : rows.GetValue(refs.Length);
            if (FaultOf(tightened, value) is ({ } error, var message))
            {
                yield return new(rows.GetString(0), Ref(rows, refs, "contact_ref"), Ref(rows, refs, "location_ref"), Convert.ToString(value, CultureInfo.InvariantCulture), error.Code, $"{ruled.Field.Name} {message}");
            }
        }
    }

    private static (ApiError Error, string Message)? FaultOf(Field field, object? value) =>
        value is not null ? RecordRules.FaultOf(field, value) : field.Mandatory ? (ApiErrors.FieldNull, "must not be null") : null;

    private static string? Ref(DbDataReader row, string[] refs, string column) => Array.IndexOf(refs, column) is >= 0 and var index ? row.GetString(index) : null;
}
