using Dapper;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>Writes a condition as SQL: columns are the list's own, values become parameters.</summary>
internal sealed class FilterSql(DynamicParameters parameters)
{
    private int values;

    public string Write(FilterNode node) => node switch
    {
        AnyOf any => Join(any.Parts, " or "),
        AllOf all => Join(all.Parts, " and "),
        Not not => $"({Write(not.Part)} is not true)", // what null makes unknown does not hold, so its contrary does
        Comparison comparison => Compare(comparison),
        _ => throw new NotSupportedException($"{node.GetType().Name} is no condition"),
    };

    private string Join(IReadOnlyList<FilterNode> parts, string word) => $"({string.Join(word, parts.Select(Write))})";

    private string Compare(Comparison comparison) =>
        comparison.Field.Within is { } within ? within.Replace("{condition}", CompareValue(comparison), StringComparison.Ordinal) : CompareValue(comparison);

    private string CompareValue(Comparison comparison)
    {
        var (field, value) = (comparison.Field, comparison.Value);
        if (value is null)
        {
            return $"({field.Column} is {(comparison.Operator == FilterOperator.Eq ? "" : "not ")}null)";
        }

        var column = field.Compared;
        var parameter = $"@Value{values++}";
        parameters.Add(parameter, value);
        var compared = field.Kind == ListKind.Text ? $"lower({parameter})" : parameter;
        return comparison.Operator switch
        {
            FilterOperator.Eq => Filled(comparison, $"{column} = {compared}"),
            FilterOperator.Ne => $"({column} is distinct from {compared})",
            FilterOperator.In when field.Kind == ListKind.Text => Filled(comparison, $"{column} = any (array(select lower(value) from unnest({parameter}) value))"),
            FilterOperator.In => $"({column} = any ({parameter}))",
            FilterOperator.Begins => Filled(comparison, $"starts_with({column}, {compared})"),
            FilterOperator.Ends => $"(right({column}, length({compared})) = {compared})",
            FilterOperator.Contains => $"(strpos({column}, {compared}) > 0)",
            _ => $"({column} {Order(comparison)} {compared})",
        };
    }

    // Texts are ordered by code point, which an index for patterns serves too.
    private static string Order(Comparison comparison)
    {
        var sign = comparison.Operator switch
        {
            FilterOperator.Gt => ">",
            FilterOperator.Ge => ">=",
            FilterOperator.Lt => "<",
            _ => "<=",
        };
        return comparison.Field.Kind == ListKind.Text ? $"~{sign}~" : sign;
    }

    private static string Filled(Comparison comparison, string condition)
    {
        var looksForText = comparison.Value switch
        {
            string text => text.Length > 0,
            string[] texts => texts.All(text => text.Length > 0),
            _ => false,
        };
        return comparison.Field.IsIndexedWhereFilled && looksForText ? $"({comparison.Field.Column} <> '' and {condition})" : $"({condition})";
    }
}
