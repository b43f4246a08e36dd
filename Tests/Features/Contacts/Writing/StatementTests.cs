using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Database;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Features.Contacts.Writing;

/// <summary>The statements of the write path, in every combination of their optional parts.</summary>
public sealed partial class StatementTests
{
    /// <summary>A line for each variant: its parts, a colon, and the hash of its text. If a change of the SQL is intended, replace it by the file that the failed test names.</summary>
    private static readonly string Approved = Path.Combine(ServiceProcess.Root, "Tests/Features/Contacts/Writing/StatementTests.approved.txt");

    [Test]
    public void Every_variant_has_the_approved_text()
    {
        var variants = Describe("StoredState", StoredState.Sql).Concat(Describe("WritePlan", WritePlan.Sql)).ToArray();
        var received = Path.Combine(TestContext.CurrentContext.WorkDirectory, "StatementTests.received.txt");
        File.WriteAllLines(received, variants);

        Assert.That(variants, Is.EqualTo(File.ReadAllLines(Approved)), $"if intended: cp {received} {Approved}");
    }

    private static IEnumerable<string> Describe<TParts>(string name, SqlParts<TParts> sql)
        where TParts : struct, Enum =>
        from isSingle in new[] { false, true }
        from parts in Combinations<TParts>()
        let words = Enum.GetValues<TParts>().Skip(1).Where(part => parts.HasFlag(part)).Select(part => $"{part}".ToLowerInvariant())
        select $"{string.Join(' ', [name, isSingle ? "single" : "many", .. words])}: {Hash(sql.With(parts, isSingle))}";

    private static IEnumerable<TParts> Combinations<TParts>()
        where TParts : struct, Enum =>
        Enumerable.Range(0, 1 << (Enum.GetValues<TParts>().Length - 1)).Select(bits => (TParts)Enum.ToObject(typeof(TParts), bits));

    // Comments and white space aside, which mean nothing to the server.
    private static string Hash(PreparedSql sql)
    {
        var text = string.Join(" ; ", sql.Statements.Select(statement => $"{WhiteSpace().Replace(Comment().Replace(statement.Sql, ""), " ").Trim()} ({string.Join(", ", statement.Parameters)})"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    [GeneratedRegex("--.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}
