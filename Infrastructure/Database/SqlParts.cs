using System.Text.RegularExpressions;

namespace CrmImport.Infrastructure.Database;

/// <summary>
/// A statement with optional parts: a line that ends in one or more of the marks is sent only where all of those parts are wanted. For a single row it takes
/// values where it else takes arrays: <c>unnest(@name)</c> becomes <c>@name</c>, which spares the server building rows out of columns.
/// </summary>
internal sealed partial class SqlParts
{
    private readonly string[] lines;
    private readonly string[] marks;
    private readonly PreparedSql?[] variants; // each made when it is first needed

    public SqlParts(string sql, params string[] marks)
    {
        (lines, this.marks) = (sql.Split('\n'), marks);
        variants = new PreparedSql?[2 << marks.Length];
    }

    /// <summary>The statement with the parts that are wanted, in the order of the marks.</summary>
    public PreparedSql With(bool isSingle, params ReadOnlySpan<bool> wanted)
    {
        var index = isSingle ? 1 : 0;
        for (var part = 0; part < wanted.Length; part++)
        {
            index |= wanted[part] ? 2 << part : 0;
        }

        return variants[index] ??= Make(index);
    }

    private PreparedSql Make(int index)
    {
        var unwanted = marks.Where((_, part) => (index & (2 << part)) == 0).ToArray();
        var sql = string.Join('\n', lines.Where(line => !unwanted.Any(mark => line.Contains(mark, StringComparison.Ordinal))));
        return new PreparedSql((index & 1) == 0 ? sql : Column().Replace(sql, "$1"));
    }

    [GeneratedRegex(@"unnest\((@\w+)\)")]
    private static partial Regex Column();
}
