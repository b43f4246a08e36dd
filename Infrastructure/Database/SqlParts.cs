using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace CrmImport.Infrastructure.Database;

/// <summary>
/// A statement with optional parts, each a flag of the enum. The lines between <c>--begin part</c> and <c>--end</c>, and a line that ends in <c>--if part</c>, are
/// sent only where that part is wanted; a line with such a mark inside such a block, only where both are. For a single row the statement takes values instead of
/// arrays: <c>unnest(@name)</c> becomes <c>@name</c>, which spares the server building rows out of columns.
/// </summary>
/// <exception cref="InvalidOperationException">A mark is misplaced or names no flag, or a flag has no mark.</exception>
internal sealed partial class SqlParts<TParts>
    where TParts : struct, Enum
{
    private readonly List<(string Text, int Parts)> lines = [];
    private readonly PreparedSql?[] variants; // each made when it is first needed

    public SqlParts(string sql)
    {
        var flags = Enum.GetValues<TParts>().Where(flag => Bits(flag) != 0).ToDictionary(flag => $"{flag}", Bits, StringComparer.OrdinalIgnoreCase);
        variants = new PreparedSql?[2 << flags.Count];
        var block = 0;
        foreach (var line in sql.Split('\n'))
        {
            var mark = Mark().Match(line);
            switch (mark.Groups["word"].Value)
            {
                case "":
                    lines.Add((line, block));
                    break;
                case "if" when flags.TryGetValue(mark.Groups["part"].Value, out var part):
                    lines.Add((line[..mark.Index], block | part));
                    break;
                case "begin" when mark.Index == 0 && block == 0 && flags.TryGetValue(mark.Groups["part"].Value, out block):
                    break;
                case "end" when mark.Index == 0 && block != 0 && mark.Groups["part"].Value == "":
                    block = 0;
                    break;
                default:
                    throw new InvalidOperationException($"The mark in this line is misplaced or names no flag of {typeof(TParts).Name}: {line}");
            }
        }

        var missing = flags.Where(flag => !lines.Exists(line => (line.Parts & flag.Value) != 0)).Select(flag => flag.Key).ToArray();
        if (block != 0 || missing.Length > 0)
        {
            throw new InvalidOperationException(block != 0 ? "The last block has no end mark" : $"No line has a mark for {typeof(TParts).Name}.{missing[0]}");
        }
    }

    /// <summary>The statement with the parts that are wanted.</summary>
    public PreparedSql With(TParts parts, bool isSingle = false)
    {
        var index = (Bits(parts) << 1) | (isSingle ? 1 : 0);
        return variants[index] ??= Make(index);
    }

    private PreparedSql Make(int index)
    {
        var unwanted = ~(index >> 1);
        var sql = string.Join('\n', lines.Where(line => (line.Parts & unwanted) == 0).Select(line => line.Text));
        return new PreparedSql((index & 1) == 0 ? sql : Column().Replace(sql, "$1"));
    }

    private static int Bits(TParts parts) => Unsafe.BitCast<TParts, int>(parts);

    // Two dashes at once before a word are a mark; before a space, a comment.
    [GeneratedRegex(@"\s*--(?<word>\w+)\s*(?<part>.*?)\s*$")]
    private static partial Regex Mark();

    [GeneratedRegex(@"unnest\((@\w+)\)")]
    private static partial Regex Column();
}
