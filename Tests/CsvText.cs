using System.Text;

namespace CrmImport.Tests;

/// <summary>Reads CSV strictly after RFC 4180: rows of cells, the header among them.</summary>
internal static class CsvText
{
    public static List<List<string>> Read(string text)
    {
        var (rows, row, cell, isQuoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var at = 0; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '"' when isQuoted && at + 1 < text.Length && text[at + 1] == '"':
                    cell.Append(text[at++]);
                    break;
                case '"':
                    isQuoted = !isQuoted;
                    break;
                case ',' when !isQuoted:
                    row.Add(cell.ToString());
                    cell.Clear();
                    break;
                case '\r' when !isQuoted:
                    Assert.That(text[++at], Is.EqualTo('\n'));
                    row.Add(cell.ToString());
                    rows.Add(row);
                    (row, cell) = ([], new StringBuilder());
                    break;
                default:
                    cell.Append(text[at]);
                    break;
            }
        }

        Assert.That(isQuoted, Is.False);
        return rows;
    }
}
