using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>Which part of a list is asked for, in which order, of which items, and what of each.</summary>
internal sealed record ListRequest(ListShape Shape, Page Page, IReadOnlyList<OrderField> Order, FilterNode? Filter, Selection? Selection)
{
    /// <summary>The account that asks; 0 for the console.</summary>
    public long AccountId { get; private init; }

    /// <summary>Whether archived items are among them; of a list that has some.</summary>
    public ArchivedFilter Archived { get; private init; }

    /// <summary>From where on changes are asked for; null for a page of the list.</summary>
    public ChangeCursor? Since { get; private init; }

    /// <summary>The keys of the item after which the page begins, in the order of the shape's; null where a position says it.</summary>
    public IReadOnlyList<string>? After { get; init; }

    /// <summary>How many items match in all, where they were counted before; null: they are counted.</summary>
    public long? Total { get; init; }

    public const string FilterParameter = "$filter";
    public const string SearchParameter = "search";
    public const string CountParameter = "$count";

    private static readonly string[] NotWithChanges = ["position", "$skip", "orderBy", "$orderBy", "desc", FilterParameter, SearchParameter, CountParameter, ArchivedParameter.Name];

    /// <summary>Reads the parameters of a caller's list; all their problems are reported together.</summary>
    public static Answer<ListRequest> Read(HttpContext http, ListShape shape)
    {
        var list = Read(http.Request.Query, shape);
        return list.Refusal is null ? list.Value with { AccountId = http.Features.GetRequiredFeature<Caller>().AccountId } : list;
    }

    /// <summary>Reads the parameters of every list; all their problems are reported together.</summary>
    public static Answer<ListRequest> Read(IQueryCollection query, ListShape shape)
    {
        var problems = new List<Problem>();
        var page = Page.Read(query, problems);
        var order = ListOrder.Read(query, shape, problems);
        var selection = Selection.Read(query, shape, problems);
        var filter = ReadFilter(query, shape, problems);
        if (Parameters.Single(query, CountParameter, problems) is { } count && !bool.TryParse(count, out _))
        {
            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, CountParameter, $"{CountParameter} must be true or false")); // the total is there either way
        }

        var search = ReadSearch(query, shape, problems);
        var since = shape.IsFollowed ? ChangeCursor.Read(query, problems) : null;
        if (shape.IsFollowed && query.ContainsKey(ChangeCursor.Parameter))
        {
            problems.AddRange(query.Keys.Where(name => NotWithChanges.Contains(name, StringComparer.OrdinalIgnoreCase)).Select(name =>
                Problem.Severe(ApiErrors.InvalidParameter, name, $"{name} cannot be combined with {ChangeCursor.Parameter}: changes come in their own order, of all records, archived or not")));
        }

        var archived = shape.Live is null ? ArchivedFilter.All : ArchivedParameter.Read(query, problems);
        return problems.Count > 0 ? Refusal.Of(problems) : new ListRequest(shape, page, order, And(filter, search), selection) { Archived = archived, Since = since };
    }

    private static FilterNode? ReadFilter(IQueryCollection query, ListShape shape, List<Problem> problems)
    {
        if (query[FilterParameter] is not [{ } text])
        {
            Parameters.Single(query, FilterParameter, problems);
            return null;
        }

        var filter = FilterParser.Parse(FilterParameter, text, shape);
        problems.AddRange(filter.Refusal?.Problems ?? []);
        return filter.Refusal is null ? filter.Value : null;
    }

    // An empty search box searches for nothing in particular.
    private static AnyOf? ReadSearch(IQueryCollection query, ListShape shape, List<Problem> problems) =>
        Parameters.Single(query, SearchParameter, problems) is { Length: > 0 } text
            ? new AnyOf([.. shape.Searched.Select(field => new Comparison(field, FilterOperator.Begins, text))])
            : null;

    private static FilterNode? And(FilterNode? filter, FilterNode? search) =>
        filter is null ? search : search is null ? filter : new AllOf([filter, search]);
}
