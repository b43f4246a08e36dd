using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Patches;
using FluentValidation;

namespace CrmImport.Infrastructure.Records.Writes;

internal enum RecordEditMode
{
    /// <summary>Create or change; what is not given stays.</summary>
    Upsert,

    /// <summary>Create or change as a whole; what is not given is cleared.</summary>
    Replace,

    /// <summary>Create; what is there already is a conflict.</summary>
    Create,

    /// <summary>Change what is there by a patch.</summary>
    Patch,
}

/// <summary>What a request wants of one record: its keys in the shape's order, the record as sent or a patch, and what it conditions beside.</summary>
internal sealed record RecordEdit(RecordEditMode Mode, IReadOnlyList<string> Keys, RecordInput? Input, Patch? Patch, WriteConditions Conditions)
{
    /// <summary>Whether the answer carries the record. The native routes' always does.</summary>
    public bool WantsRecord { get; init; } = true;

    /// <summary>What the sender is told beside: the unknown fields.</summary>
    public IReadOnlyList<Problem> Warnings => [.. Input?.AllProblems() ?? []];

    /// <summary>The body of a PUT, whole, under the address's keys.</summary>
    public static async Task<Answer<RecordEdit>> ReadReplaceAsync(
        HttpContext http, RecordShape shape, IReadOnlyList<string> keys, int maxBytes, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordBodyAsync(http, shape, maxBytes, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var record = body.Value.Record;
        foreach (var (field, key) in shape.Fields.Where(field => field.Key).Zip(keys))
        {
            record.TakeKey(field, key);
        }

        var conditions = WriteConditions.Read(http.Request, body.Value.Raw.Span);
        return conditions.Refusal is { } refusal ? refusal : new RecordEdit(RecordEditMode.Replace, KeysOf(record), record, null, conditions.Value);
    }

    /// <summary>The body of a POST that creates only; under the keys it names, or under one that the service makes.</summary>
    public static async Task<Answer<RecordEdit>> ReadCreateAsync(HttpContext http, RecordShape shape, string? madeKey, int maxBytes, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordBodyAsync(http, shape, maxBytes, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var record = body.Value.Record;
        if (madeKey is not null)
        {
            record.MakeKey(shape.Fields.Single(field => field.Key), madeKey);
        }

        var told = await SecretBody.WithoutAsync(shape, body.Value.Raw, body.Value.Text, http.Request.Headers[IdempotencyKey.Header].ToString());
        var conditions = WriteConditions.Read(http.Request, told.Span);
        return conditions.Refusal is { } refusal ? refusal : new RecordEdit(RecordEditMode.Create, KeysOf(record), record, null, conditions.Value);
    }

    /// <summary>The body of a PATCH, of either kind, for the record of these keys.</summary>
    public static async Task<Answer<RecordEdit>> ReadPatchAsync(HttpContext http, RecordShape shape, IReadOnlyList<string> keys, int maxBytes, CancellationToken cancellationToken)
    {
        var body = await PatchBody.ReadAsync(http, maxBytes, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var told = await SecretBody.WithoutAsync(shape, body.Value.Raw, body.Value.Text, http.Request.Headers[IdempotencyKey.Header].ToString());
        var conditions = WriteConditions.Read(http.Request, told.Span);
        return conditions.Refusal is { } refusal ? refusal : new RecordEdit(RecordEditMode.Patch, keys, null, body.Value.Patch, conditions.Value);
    }

    /// <summary>The body of a POST in Oneserve's manner, with its keys inside; the record comes along where it is preferred.</summary>
    public static async Task<Answer<RecordEdit>> ReadUpsertAsync(HttpContext http, RecordShape shape, int maxBytes, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordBodyAsync(http, shape, maxBytes, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var conditions = WriteConditions.Read(http.Request, body.Value.Raw.Span);
        return conditions.Refusal is { } refusal
            ? refusal
            : new RecordEdit(RecordEditMode.Upsert, KeysOf(body.Value.Record), body.Value.Record, null, conditions.Value) { WantsRecord = Preference.IsRepresentation(http.Request) };
    }

    /// <summary>The rules of the shape; a patch has none before it meets the record.</summary>
    public static void Check<T>(RecordEdit edit, ValidationContext<T> context)
    {
        if (edit.Input is not null)
        {
            RecordRules.Check(edit.Input, context);
        }
    }

    private static string[] KeysOf(RecordInput record) => [.. record.Shape.Fields.Where(field => field.Key).Select(field => record.Text(field))];
}
