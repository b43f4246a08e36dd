using System.Text.Json.Nodes;

namespace CrmImport.Fuzz;

/// <summary>Values for query parameters, among them filters in the grammar of <c>$filter</c>.</summary>
internal static class QueryValues
{
    private static readonly string[] Operators = ["eq", "ne", "gt", "ge", "lt", "le"];
    private static readonly string[] TextOperators = ["contains", "begins", "ends", "startswith", "endswith", "eq", "ne"];
    private static readonly string[] Searches = ["Te", "O'", "x", "EX4", "%", "_", "\\"];
    private static readonly string[] Outcomes = ["created", "updated", "refused", "refused: field_missing"];
    private static readonly string[] Statuses = ["404", "4xx", "2xx"];

    public static string Valid(Known known, Operation operation, string name, JsonObject schema, Random random)
    {
        if (schema["enum"] is JsonArray allowed)
        {
            return (string)random.Pick(allowed.ToArray())!;
        }

        return name switch
        {
            "position" or "$skip" => $"{random.Next(40)}",
            "size" or "$top" => $"{random.Next(1, 60)}",
            "orderBy" or "$orderBy" => string.Join(',', Enumerable.Range(0, random.Next(1, 3)).Select(_ => Field(operation, random)).Distinct().Select(field => field + random.Pick(["", " desc", " asc"]))),
            "$select" => string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => Field(operation, random)).Distinct()),
            "$filter" => Filter(operation, random, 0),
            "search" => random.Pick(Searches),
            "outcome" => random.Pick(Outcomes),
            "status" => random.Pick(Statuses),
            "from" => "2019-07-09",
            "to" => "2099-01-01T00:00:00Z",
            "traceId" => "0123456789abcdef0123456789abcdef",
            "locations" => "replace",
            "dryRun" or "createList" => "true",
            _ => known.Value(operation, name, random) ?? "contact",
        };
    }

    public static string Filter(Operation operation, Random random, int depth)
    {
        if (depth < 4 && random.Chance(0.35))
        {
            return random.Next(3) switch
            {
                0 => $"not ({Filter(operation, random, depth + 1)})",
                1 => $"{Filter(operation, random, depth + 1)} or {Filter(operation, random, depth + 1)}",
                _ => $"({Filter(operation, random, depth + 1)}) and {Filter(operation, random, depth + 1)}",
            };
        }

        var field = Field(operation, random);
        return random.Next(6) switch
        {
            0 => $"{field} eq null",
            1 => $"{field} in ({Literal(field, random)}, {Literal(field, random)})",
            2 => $"{field} {random.Pick(["isNull", "isNotNull"])}",
            3 when IsText(field) => $"{random.Pick(["contains", "startswith", "endswith"])}({field},{Literal(field, random)})",
            4 when IsText(field) => $"{field} {random.Pick(TextOperators)} {Literal(field, random)}",
            _ => $"{field} {random.Pick(Operators)} {Literal(field, random)}",
        };
    }

    private static string Field(Operation operation, Random random) => operation.Fields.Count == 0 ? "name" : random.Pick(operation.Fields);

    private static string Literal(string field, Random random) =>
        IsNumber(field) ? $"{random.Next(10)}" : field.EndsWith("At", StringComparison.Ordinal) ? "2019-07-09T00:00:00Z" : IsFlag(field) ? random.Pick(["true", "false"]) : random.Pick(["'Te'", "'O''Neil'", "''", "'%'", "'é😀'"]);

    private static bool IsText(string field) => !IsNumber(field) && !IsFlag(field) && !field.EndsWith("At", StringComparison.Ordinal);

    private static bool IsNumber(string field) =>
        field is "version" or "preferredContact" or "usageTypeId" or "op_level" or "op_function" || field.EndsWith("Type", StringComparison.Ordinal);

    private static bool IsFlag(string field) => field is "active" or "strictFields";
}
