namespace CrmImport.Infrastructure.Database;

/// <summary>A statement with optional parts: a line that ends in one or more of the marks is sent only where all of those parts are wanted.</summary>
internal sealed class SqlParts
{
    private readonly PreparedSql[] variants;

    public SqlParts(string sql, params string[] marks) =>
        variants = [.. Enumerable.Range(0, 1 << marks.Length).Select(wanted => new PreparedSql(string.Join('\n', sql.Split('\n').Where(line =>
            !marks.Where((mark, part) => (wanted & (1 << part)) == 0).Any(mark => line.Contains(mark, StringComparison.Ordinal))))))];

    /// <summary>The statement with the parts that are wanted, in the order of the marks.</summary>
    public PreparedSql With(params ReadOnlySpan<bool> wanted)
    {
        var index = 0;
        for (var part = 0; part < wanted.Length; part++)
        {
            index |= wanted[part] ? 1 << part : 0;
        }

        return variants[index];
    }
}
