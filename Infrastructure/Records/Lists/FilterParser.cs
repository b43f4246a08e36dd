using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>
/// Reads <c>$filter</c> (source: SuperOffice REST API): <c>or</c>, <c>and</c>, <c>not</c> in rising order of how tightly they bind, parentheses, and
/// comparisons: <c>surname begins 'Te' and (contact1Type in (1,6) or not contains(notes,'x'))</c>. Nothing of it becomes SQL but through the list's own fields.
/// </summary>
internal sealed class FilterParser
{
    public const int MaxLength = 4000;
    public const int MaxDepth = 50;
    public const int MaxCost = 200;

    /// <summary>What <c>contains</c> and <c>ends</c> count as: they read every text, which no index saves.</summary>
    public const int CostOfContains = 20;

    public const int MaxValues = 1000;

    private static readonly string[] Names = [.. Enum.GetNames<FilterOperator>().Select(name => name.ToLowerInvariant())];

    private static readonly Dictionary<string, FilterOperator> Operators = new(
        Enum.GetValues<FilterOperator>().Select(value => KeyValuePair.Create(value.ToString(), value)), StringComparer.OrdinalIgnoreCase)
    {
        // as OData and SuperOffice say
        ["startswith"] = FilterOperator.Begins,
        ["beginswith"] = FilterOperator.Begins,
        ["endswith"] = FilterOperator.Ends,
        ["equals"] = FilterOperator.Eq,
        ["oneOf"] = FilterOperator.In,
    };

    private readonly ListShape shape;
    private readonly FilterTokens tokens;
    private FilterToken current;
    private int depth;
    private int cost;

    private FilterParser(string filter, ListShape shape)
    {
        this.shape = shape;
        tokens = new FilterTokens(filter);
        current = tokens.Next();
    }

    /// <summary>The condition, or the refusal with the position, counted from 1 in code points.</summary>
    public static Answer<FilterNode> Parse(string parameter, string filter, ListShape shape)
    {
        try
        {
            return Answer<FilterNode>.Of(Parse(filter, shape));
        }
        catch (InvalidFilterException invalid)
        {
            var character = StorableText.CodePoints(filter.AsSpan(0, invalid.At)) + 1;
            return Refusal.Of(ApiErrors.InvalidFilter, parameter, $"{parameter}: {invalid.Message}, at character {character}");
        }
    }

    private static FilterNode Parse(string filter, ListShape shape)
    {
        if (StorableText.FirstFault(filter) is >= 0 and var fault)
        {
            throw new InvalidFilterException("the filter contains a NUL or a lone surrogate", fault);
        }

        if (StorableText.Beyond(filter, MaxLength) is >= 0 and var excess)
        {
            throw new InvalidFilterException($"the filter is longer than {MaxLength} characters", excess);
        }

        var parser = new FilterParser(filter, shape);
        var node = parser.Or();
        return parser.current.Kind == FilterTokenKind.End ? node : throw parser.Expected("and, or, or the end");
    }

    private FilterNode Or() => Chain("or", And, parts => new AnyOf(parts));

    private FilterNode And() => Chain("and", Not, parts => new AllOf(parts));

    private FilterNode Chain(string word, Func<FilterNode> part, Func<IReadOnlyList<FilterNode>, FilterNode> chain)
    {
        var parts = new List<FilterNode> { part() };
        while (current.Is(word))
        {
            Take();
            parts.Add(part());
        }

        return parts.Count == 1 ? parts[0] : chain(parts);
    }

    // The only ways to nest, and therefore the only places that count how deep.
    private FilterNode Not()
    {
        if (!current.Is("not") && current.Kind != FilterTokenKind.Open)
        {
            return Comparison();
        }

        if (++depth > MaxDepth)
        {
            throw new InvalidFilterException($"the filter is nested deeper than {MaxDepth}", current.At);
        }

        FilterNode node;
        if (Take().Kind == FilterTokenKind.Open)
        {
            node = Or();
            Take(FilterTokenKind.Close, "and, or, or )");
        }
        else
        {
            node = new Not(Not());
        }

        depth--;
        return node;
    }

    private Comparison Comparison()
    {
        var name = Take(FilterTokenKind.Name, "a field");
        if (current.Kind == FilterTokenKind.Open && shape.FindFiltered(name.Text) is null)
        {
            if (!Operators.TryGetValue(name.Text, out var function) || !IsOfTexts(function))
            {
                throw new InvalidFilterException($"unknown function {name}; there are contains, begins and ends", name.At);
            }

            Take();
            var inner = Field(Take(FilterTokenKind.Name, "a field"));
            Allow(inner, function, name);
            Spend(function, name);
            Take(FilterTokenKind.Comma, ",");
            var value = FilterValue.Read(Literal(), inner, function);
            Take(FilterTokenKind.Close, ")");
            return new Comparison(inner, function, value);
        }

        var field = Field(name);
        if (current.Is("isNull") || current.Is("isNotNull"))
        {
            Spend(FilterOperator.Eq, name);
            return new Comparison(field, Take().Is("isNull") ? FilterOperator.Eq : FilterOperator.Ne, null);
        }

        if (current.Kind != FilterTokenKind.Name || !Operators.TryGetValue(current.Text, out var comparison))
        {
            throw Expected($"one of {string.Join(", ", Names)}, isNull, isNotNull");
        }

        Allow(field, comparison, Take());
        Spend(comparison, name);
        return new Comparison(field, comparison, comparison == FilterOperator.In ? Values(field) : FilterValue.Read(Literal(), field, comparison));
    }

    private Array Values(ListField field)
    {
        Take(FilterTokenKind.Open, "(");
        var values = new List<object>();
        while (true)
        {
            if (values.Count == MaxValues)
            {
                throw new InvalidFilterException($"in has more than {MaxValues} values", current.At);
            }

            values.Add(FilterValue.Read(Literal(), field, FilterOperator.In)!);
            if (Take(", or )", FilterTokenKind.Comma, FilterTokenKind.Close).Kind == FilterTokenKind.Close)
            {
                return FilterValue.ArrayOf(values, field);
            }
        }
    }

    private ListField Field(FilterToken name)
    {
        var field = shape.FindFiltered(name.Text) ?? throw new InvalidFilterException($"unknown field {name}", name.At);
        return field.Kind != ListKind.SelectOnly ? field : throw new InvalidFilterException($"{name} cannot be filtered by", name.At);
    }

    private static void Allow(ListField field, FilterOperator comparison, FilterToken at)
    {
        if (IsOfTexts(comparison) && !field.IsText)
        {
            throw new InvalidFilterException($"{at} needs a text field, and {field.Name} is not one", at.At);
        }
    }

    private static bool IsOfTexts(FilterOperator comparison) => comparison is FilterOperator.Contains or FilterOperator.Begins or FilterOperator.Ends;

    private void Spend(FilterOperator comparison, FilterToken at)
    {
        cost += comparison is FilterOperator.Contains or FilterOperator.Ends ? CostOfContains : 1;
        if (cost > MaxCost)
        {
            throw new InvalidFilterException($"the filter has more than {MaxCost} comparisons, of which contains and ends count as {CostOfContains}", at.At);
        }
    }

    private FilterToken Literal() => Take("a value", FilterTokenKind.Text, FilterTokenKind.Number, FilterTokenKind.Name);

    private FilterToken Take(FilterTokenKind kind, string expected) => Take(expected, kind);

    private FilterToken Take(string expected, params ReadOnlySpan<FilterTokenKind> kinds) => kinds.Contains(current.Kind) ? Take() : throw Expected(expected);

    private FilterToken Take()
    {
        var taken = current;
        current = tokens.Next();
        return taken;
    }

    private InvalidFilterException Expected(string expected) => new($"expected {expected}, found {current}", current.At);
}
