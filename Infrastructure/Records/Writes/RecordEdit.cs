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

    /// <summary>Take what is there out of lists and reads.</summary>
    Archive,

    /// <summary>Take it back from the archive, as it was. Upsert and Replace do that too.</summary>
    Restore,
}

/// <summary>What a request wants of one record: its keys in the shape's order, the record as sent or a patch, and the conditions of the write.</summary>
internal sealed record RecordEdit(RecordEditMode Mode, IReadOnlyList<string> Keys, RecordInput? Input, Patch? Patch, WriteConditions Conditions)
{
    /// <summary>Whether the answer carries the record. The native routes' always does.</summary>
    public bool WantsRecord { get; init; } = true;

    /// <summary>The record's fields as its database has them, by which the request is judged to the end; null where they are the catalogue's.</summary>
    public RecordShape? Shape { get; init; }

    /// <summary>Whether a success is no more than that: 204.</summary>
    public bool IsDelete { get; init; }

    /// <summary>Warnings for the sender: the unknown fields.</summary>
    public IReadOnlyList<Problem> Warnings => [.. Input?.AllProblems() ?? []];

    /// <summary>The body of a PUT: the whole record, with the keys of the URL.</summary>
    public static Task<Answer<RecordEdit>> ReadReplaceAsync(HttpContext http, RecordShape shape, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        ReadAsync(http, shape, JsonBody.RecordMediaTypes, body => OfUrl(RecordEditMode.Replace, body, shape, keys), cancellationToken);

    /// <summary>The body of a POST that creates only.</summary>
    public static Task<Answer<RecordEdit>> ReadCreateAsync(HttpContext http, RecordShape shape, string? assignedKey, CancellationToken cancellationToken) =>
        ReadAsync(http, shape, JsonBody.RecordMediaTypes, body => Create(body, shape, assignedKey), cancellationToken);

    /// <summary>The body of a POST that creates only, below the record of the URL, whose keys come first.</summary>
    public static Task<Answer<RecordEdit>> ReadCreateAsync(HttpContext http, RecordShape shape, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        ReadAsync(http, shape, JsonBody.RecordMediaTypes, body => OfUrl(RecordEditMode.Create, body, shape, keys), cancellationToken);

    /// <summary>The body of a PATCH, of either kind, for the record with these keys.</summary>
    public static Task<Answer<RecordEdit>> ReadPatchAsync(HttpContext http, RecordShape shape, IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        ReadAsync(http, shape, PatchBody.MediaTypes, body => Change(body, keys), cancellationToken);

    /// <summary>The body of a POST in Oneserve's manner, with the keys in it; the response has the record if the caller prefers it.</summary>
    public static Task<Answer<RecordEdit>> ReadUpsertAsync(HttpContext http, RecordShape shape, CancellationToken cancellationToken) =>
        ReadAsync(http, shape, JsonBody.RecordMediaTypes, body => Upsert(body, shape, Preference.IsRepresentation(http.Request)), cancellationToken);

    /// <summary>Creates the record under the keys in the body, or under one that the service assigns.</summary>
    public static Answer<RecordEdit> Create(JsonBytes body, RecordShape shape, string? assignedKey) => Of(RecordEditMode.Create, body, shape, record =>
    {
        if (assignedKey is not null)
        {
            record.MakeKey(shape.Fields.Single(field => field.Key), assignedKey);
        }
    });

    /// <summary>Changes the record with these keys by the patch in the body.</summary>
    public static Answer<RecordEdit> Change(JsonBytes body, IReadOnlyList<string> keys)
    {
        var patch = PatchBody.Parse(body);
        return patch.Refusal is { } refusal ? refusal : new RecordEdit(RecordEditMode.Patch, keys, null, patch.Value, WriteConditions.None);
    }

    private static Answer<RecordEdit> OfUrl(RecordEditMode mode, JsonBytes body, RecordShape shape, IReadOnlyList<string> keys) => Of(mode, body, shape, record =>
    {
        foreach (var (field, key) in shape.Fields.Where(field => field.Key).Zip(keys))
        {
            record.TakeKey(field, key);
        }
    });

    private static Answer<RecordEdit> Upsert(JsonBytes body, RecordShape shape, bool wantsRecord)
    {
        var edit = Of(RecordEditMode.Upsert, body, shape, _ => { });
        return edit.Refusal is { } refusal ? refusal : edit.Value with { WantsRecord = wantsRecord };
    }

    private static Answer<RecordEdit> Of(RecordEditMode mode, JsonBytes body, RecordShape shape, Action<RecordInput> setKeys)
    {
        var record = JsonBody.ReadRecord(body, shape);
        if (record.Refusal is { } refusal)
        {
            return refusal;
        }

        setKeys(record.Value);
        return new RecordEdit(mode, KeysOf(record.Value), record.Value, null, WriteConditions.None);
    }

    // A fingerprint of the body is stored with an idempotency key, so secrets are taken out of it first.
    private static async Task<Answer<RecordEdit>> ReadAsync(
        HttpContext http, RecordShape shape, IReadOnlyList<string> mediaTypes, Func<JsonBytes, Answer<RecordEdit>> parse, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, mediaTypes, parse, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var (edit, json) = body.Value;
        if (edit.Input is { } record)
        {
            SentRecord.Attach(http, record);
        }

        var fingerprinted = await SecretBody.WithoutAsync(shape, json.Raw, json.Text, http.Request.Headers[IdempotencyKey.Header].ToString());
        var conditions = WriteConditions.Read(http.Request, fingerprinted.Span);
        return conditions.Refusal is { } refusal ? refusal : edit with { Conditions = conditions.Value, Shape = shape };
    }

    /// <summary>The record with these keys is to be archived, or restored; there is no body.</summary>
    public static Answer<RecordEdit> ReadArchive(HttpContext http, RecordEditMode mode, IReadOnlyList<string> keys, bool isDelete = false)
    {
        var conditions = WriteConditions.Read(http.Request, default);
        return conditions.Refusal is { } refusal ? refusal : new RecordEdit(mode, keys, null, null, conditions.Value) { IsDelete = isDelete };
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
