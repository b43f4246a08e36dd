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

    private static readonly string[] PlanParts = ["update", "insert", "link", "neighbour", "key", "party", "bare"];
    private static readonly string[] StateParts = ["record"];

    [Test]
    public void Every_variant_has_the_approved_text()
    {
        var variants = Describe("StoredState", StateParts, StoredState.Sql).Concat(Describe("WritePlan", PlanParts, WritePlan.Sql)).ToArray();
        var received = Path.Combine(TestContext.CurrentContext.WorkDirectory, "StatementTests.received.txt");
        File.WriteAllLines(received, variants);

        Assert.That(variants, Is.EqualTo(File.ReadAllLines(Approved)), $"if intended: cp {received} {Approved}");
    }

    private static IEnumerable<string> Describe(string name, string[] parts, SqlParts sql) =>
        from isSingle in new[] { false, true }
        from index in Enumerable.Range(0, 1 << parts.Length)
        let wanted = parts.Select((_, part) => (index & (1 << part)) != 0).ToArray()
        select $"{string.Join(' ', parts.Where((_, part) => wanted[part]).Prepend(isSingle ? "single" : "many").Prepend(name))}: {Hash(sql.With(isSingle, wanted))}";

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
