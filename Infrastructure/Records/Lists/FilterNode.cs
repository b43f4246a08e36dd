namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>A condition on the items of a list, as it was read: every field is the list's, every value fits its field.</summary>
internal abstract record FilterNode;

internal sealed record AnyOf(IReadOnlyList<FilterNode> Parts) : FilterNode;

internal sealed record AllOf(IReadOnlyList<FilterNode> Parts) : FilterNode;

internal sealed record Not(FilterNode Part) : FilterNode;

/// <summary>The value is a string, long, bool or DateTime (UTC), or null; after <c>in</c> an array of strings, longs, bools or DateTimes.</summary>
internal sealed record Comparison(ListField Field, FilterOperator Operator, object? Value) : FilterNode;

internal enum FilterOperator
{
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Contains,
    Begins,
    Ends,
    In,
}
