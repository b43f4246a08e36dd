using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;

namespace CrmImport.Features.Contacts.Writing;

/// <summary>The result of a contact write. The record and the changes as JSON are included if the caller asked for them, and in a dry run, which stores nothing.</summary>
internal sealed record WrittenContact(string ClientRef, string ContactRef, WriteOutcome Outcome, long Version, bool IsDryRun, Contact? Record, string? Changes)
{
    /// <summary>The contact's number, where the writer was asked for it.</summary>
    public long? PartyId { get; init; }

    /// <summary>What is worth a second look though it was written.</summary>
    public IReadOnlyList<Problem> Warnings { get; init; } = [];

    public string ETag => RecordHistory.ETagOf(Version);

    /// <summary>The contact's native address.</summary>
    public string Address => $"/api/v1/clients/{Uri.EscapeDataString(ClientRef)}/contacts/{Uri.EscapeDataString(ContactRef)}";

    /// <summary>The answer of the native routes: the whole record under <c>data</c>, 201 where it is new; and which properties of the body were ignored.</summary>
    public WriteAnswer ToNativeAnswer(RecordInput? sent = null) => IsDryRun
        ? ToTrialAnswer()
        : new(Outcome == WriteOutcome.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, Outcome, ETag, Address,
            ToBody(sent))
        {
            Warnings = Warnings,
        };

    /// <summary>The record, what was ignored of the one sent, and the warnings.</summary>
    public byte[] ToBody(RecordInput? sent)
    {
        IReadOnlyList<Problem> warnings = [.. sent?.AllProblems() ?? [], .. Warnings];
        return ReadableJson.ToBytes(new WrittenBody(Record, warnings.Count > 0 ? warnings : null), WrittenContactJson.Default.WrittenBody);
    }

    /// <summary>The answer of every route to a dry run.</summary>
    public WriteAnswer ToTrialAnswer() => new(
        StatusCodes.Status200OK, Outcome, null, null, // no tag: the version it would have may yet become another's
        ReadableJson.ToBytes(
            new DryRunBody<Contact>(Outcome.Text(), JsonSerializer.Deserialize(Changes!, WrittenContactJson.Default.JsonElement), Record!),
            WrittenContactJson.Default.DryRunBodyContact))
    {
        Warnings = Warnings,
    };
}

/// <summary>The answer to a write; the record and the warnings only where they were asked for.</summary>
internal sealed record WrittenBody(
    [property: JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Contact? Data,
    [property: JsonPropertyOrder(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Problem>? Problems) : SuccessBody;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Contact))]
[JsonSerializable(typeof(WrittenBody))]
[JsonSerializable(typeof(DryRunBody<Contact>))]
internal sealed partial class WrittenContactJson : JsonSerializerContext;
