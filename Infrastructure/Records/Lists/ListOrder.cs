using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>A field a list is ordered by, and the name it was asked for by, as answers repeat it.</summary>
internal sealed record OrderField(ListField Field, string Name, bool IsDescending)
{
    public string Sql => Field.Kind == ListKind.Text
        ? $"{Field.Compared} using {(IsDescending ? "~>~" : "~<~")}" // by code point, from the index
        : $"{Field.Compared}{(IsDescending ? " desc" : "")}";
}

/// <summary>Reads <c>orderBy</c> and <c>desc</c> (source: InTouch REST API) and <c>$orderBy</c>: field names with commas between, each with <c>asc</c> or <c>desc</c> after it if need be.</summary>
internal static class ListOrder
{
    private const string Name = "orderBy";
    private const string Synonym = "$orderBy";
    private const string Descending = "desc";

    /// <summary>The fields to order by; none where the caller asks for no order, and <c>desc</c> alone is none.</summary>
    public static IReadOnlyList<OrderField> Read(IQueryCollection query, ListShape shape, List<Problem> problems)
    {
        var descending = ReadDescending(query, problems);
        var order = Read(Name);
        var synonym = Read(Synonym);
        if (order is not null && synonym is not null && !order.Select(field => field.Sql).SequenceEqual(synonym.Select(field => field.Sql)))
        {
            problems.Add(Problem.Severe(ApiErrors.InvalidParameter, Synonym, $"{Synonym} and {Name} request different orders"));
        }

        return order ?? synonym ?? [];

        List<OrderField>? Read(string parameter) =>
            Parameters.Single(query, parameter, problems) is { } text ? ReadFields(text, parameter, shape, descending, problems) : null;
    }

    private static bool? ReadDescending(IQueryCollection query, List<Problem> problems)
    {
        switch (Parameters.Single(query, Descending, problems)?.ToLowerInvariant())
        {
            case null:
                return null;
            case "true":
                return true;
            case "false":
                return false;
            default:
                problems.Add(Problem.Severe(ApiErrors.InvalidParameter, Descending, $"{Descending} must be true or false"));
                return null;
        }
    }

    private static List<OrderField> ReadFields(string text, string parameter, ListShape shape, bool? descending, List<Problem> problems)
    {
        var order = new List<OrderField>();
        var before = problems.Count;
        foreach (var part in text.Split(',').TakeWhile(_ => problems.Count == before)) // the first problem is enough: a long text must not make an answer many times its size
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var direction = words.Length < 2 ? descending ?? false : words[1].Equals("desc", StringComparison.OrdinalIgnoreCase);
            if (words.Length is 0 or > 2 || (words.Length == 2 && !direction && !words[1].Equals("asc", StringComparison.OrdinalIgnoreCase)))
            {
                Refuse($"{parameter} must be comma-separated field names, each optionally followed by asc or desc");
            }
            else if (shape.FindOrdered(words[0]) is not { } field)
            {
                Refuse($"{parameter}: unknown field {words[0]}");
            }
            else if (field.Kind == ListKind.SelectOnly)
            {
                Refuse($"{parameter}: {field.Name} cannot be ordered by");
            }
            else if (order.Exists(other => other.Field == field))
            {
                Refuse($"{parameter}: {field.Name} appears more than once");
            }
            else if (order.Count == 0 && descending is { } asked && asked != direction)
            {
                Refuse($"{parameter} and {Descending} request different directions");
            }
            else
            {
                order.Add(new OrderField(field, shape.Find(words[0]) is null ? words[0].ToLowerInvariant() : field.Name, direction));
            }
        }

        return order;

        void Refuse(string message) => problems.Add(Problem.Severe(ApiErrors.InvalidParameter, parameter, message));
    }
}
