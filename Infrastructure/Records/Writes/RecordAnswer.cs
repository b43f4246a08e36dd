using System.Buffers;
using System.Text.Json;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>The answer to the edit of a record, made before the edit is committed so that it can be kept with it.</summary>
internal static class RecordAnswer
{
    /// <summary>Oneserve's routes say 200 whatever happened, and no more than that unless asked; the native ones say 201 where the record is new.</summary>
    /// <param name="found">What is worth a second look though it is written.</param>
    /// <param name="maySee">Whether the caller may see the record: else what became of it is all the answer says.</param>
    public static WriteAnswer Of(RecordTable table, RecordEdit edit, RecordChange change, IReadOnlyList<Problem> found, bool maySee)
    {
        var isDryRun = edit.Conditions.IsDryRun;
        if (edit.IsDelete && !isDryRun)
        {
            return WriteAnswer.NoContent(change.Outcome);
        }

        var isUpsert = edit.Mode == RecordEditMode.Upsert;
        return new WriteAnswer(
            change.Outcome == WriteOutcome.Created && !isDryRun && !isUpsert ? StatusCodes.Status201Created : StatusCodes.Status200OK,
            change.Outcome,
            isDryRun ? null : change.After.History.ETag, // the version it would have may yet become another's
            isDryRun ? null : table.Address(change.Keys),
            isDryRun || (edit.WantsRecord && maySee) ? Body(table, edit, change, found, isDryRun, maySee) : Envelope.Success)
        {
            PreferenceApplied = isUpsert && edit.WantsRecord && maySee && !isDryRun ? Preference.Representation : null,
            Warnings = found,
        };
    }

    public static byte[] ToJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, ReadableJson.Options))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Body(RecordTable table, RecordEdit edit, RecordChange change, IReadOnlyList<Problem> found, bool isDryRun, bool maySee) => ToJson(writer =>
    {
        if (table.IsBare && !isDryRun)
        {
            change.After.Write(writer, table.Shape);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("result", "success");
        writer.WriteString("result_msg", "");
        if (isDryRun)
        {
            writer.WriteString("outcome", change.Outcome.Text());
            writer.WritePropertyName("changes");
            (maySee ? change.WriteChanges : (Action<Utf8JsonWriter>)WriteNoChanges)(writer);
        }

        writer.WritePropertyName("data");
        if (maySee)
        {
            change.After.Write(writer, table.Shape);
        }
        else
        {
            writer.WriteNullValue();
        }

        IReadOnlyList<Problem> warnings = [.. edit.Warnings, .. table.Warnings(change.After.Values), .. found];
        if (warnings.Count > 0)
        {
            writer.WritePropertyName("problems");
            JsonSerializer.Serialize(writer, warnings, EnvelopeJson.Written.IReadOnlyListProblem);
        }

        writer.WriteEndObject();
    });

    private static void WriteNoChanges(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }
}
