using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>A page of a list in exactly InTouch's six keys; <c>orderBy</c> and <c>desc</c> are absent where nobody asked for an order.</summary>
internal sealed record ListPage<T>(
    long Total,
    int Position,
    int Size,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? OrderBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Desc,
    IReadOnlyList<T> Items)
{
    /// <summary>Of a page of changes: the cursor that leads on, and whether there is more at once.</summary>
    [JsonIgnore]
    public (string Cursor, bool HasMore)? Next { get; private init; }

    /// <summary>What was changed since the request's cursor.</summary>
    public static ListPage<T> OfChanges(ListRequest request, string next, bool hasMore, IReadOnlyList<T> items) =>
        new(items.Count, 0, request.Page.Size, null, null, items) { Next = (next, hasMore) };

    public static ListPage<T> Of(ListRequest request, long total, IReadOnlyList<T> items) =>
        new(total, request.Page.Position, request.Page.Size, NameOf(request.Order), request.Order.Count > 0 ? request.Order[0].IsDescending : null, items);

    public ListPage<TItem> Select<TItem>(Func<T, TItem> item) => new(Total, Position, Size, OrderBy, Desc, [.. Items.Select(item)]) { Next = Next };

    /// <summary>Inside the envelope, as native routes answer it.</summary>
    public PageBody<T> ToBody() => Next is { } next
        ? new(null, null, Size, Items) { Next = next.Cursor, HasMore = next.HasMore }
        : new(Total, Position, Size, Items) { OrderBy = OrderBy, Desc = Desc };

    /// <summary>The native routes' answer: whole items, or what the caller selects of them.</summary>
    public IResult ToResult(Selection? selection, JsonTypeInfo<PageBody<T>> whole, JsonTypeInfo<T> item) =>
        selection is null
            ? ReadableJson.ToResult(ToBody(), whole)
            : ReadableJson.ToResult(Select(value => selection.Pick(value, item)).ToBody(), SelectedJson.Default.PageBodyJsonObject);

    /// <summary>The same without the envelope, as InTouch answers it.</summary>
    public IResult ToBareResult(Selection? selection, JsonTypeInfo<ListPage<T>> whole, JsonTypeInfo<T> item) =>
        selection is null
            ? ReadableJson.ToResult(this, whole)
            : ReadableJson.ToResult(Select(value => selection.Pick(value, item)), SelectedJson.Default.ListPageJsonObject);

    // As a caller may send it again: one field by its name, several with their directions.
    private static string? NameOf(IReadOnlyList<OrderField> order) => order.Count switch
    {
        0 => null,
        1 => order[0].Name,
        _ => string.Join(',', order.Select(field => $"{field.Name} {(field.IsDescending ? "desc" : "asc")}")),
    };
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(ListPage<JsonObject>))]
[JsonSerializable(typeof(PageBody<JsonObject>))]
[JsonSerializable(typeof(SuccessBody<JsonObject>))]
internal sealed partial class SelectedJson : JsonSerializerContext;
