using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Writes;

namespace CrmImport.Features.Catalogue;

/// <summary>What a write made of a contact. The record, and the changes as JSON, are there where the writer was asked for them, and in a trial, which stores nothing.</summary>
internal sealed record WrittenContact(string ClientRef, string ContactRef, WriteOutcome Outcome, long Version, bool IsTrial, Contact? Record, string? Changes)
{
    /// <summary>The contact's number, where the writer was asked for it.</summary>
    public long? PartyId { get; init; }

    public string ETag => RecordHistory.ETagOf(Version);

    /// <summary>The contact's native address.</summary>
    public string Address => $"/api/v1/clients/{Uri.EscapeDataString(ClientRef)}/contacts/{Uri.EscapeDataString(ContactRef)}";

    /// <summary>The answer of the native routes: the whole record under <c>data</c>, 201 where it is new.</summary>
    public WriteAnswer ToNativeAnswer() => IsTrial
        ? ToTrialAnswer()
        : new(
            Outcome == WriteOutcome.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, Outcome, ETag, Address,
            JsonSerializer.SerializeToUtf8Bytes(new SuccessBody<Contact>(Record!), WrittenContactJson.Default.SuccessBodyContact));

    /// <summary>The answer of every route to a dry run.</summary>
    public WriteAnswer ToTrialAnswer() => new(
        StatusCodes.Status200OK, Outcome, ETag, null,
        JsonSerializer.SerializeToUtf8Bytes(
            new TrialBody<Contact>(Outcome.Text(), JsonSerializer.Deserialize(Changes!, WrittenContactJson.Default.JsonElement), Record!),
            WrittenContactJson.Default.TrialBodyContact));
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Contact))]
[JsonSerializable(typeof(SuccessBody<Contact>))]
[JsonSerializable(typeof(TrialBody<Contact>))]
internal sealed partial class WrittenContactJson : JsonSerializerContext;
