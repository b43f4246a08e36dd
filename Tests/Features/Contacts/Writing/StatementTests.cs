using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Database;
using CrmImport.Tests.Running;
using Npgsql;

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

    [Test]
    public void Every_parameter_has_a_value_and_every_value_a_parameter()
    {
        var values = new WritePlan(DateTime.UtcNow).Parameters(isSingle: false).Names;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(values, Is.EquivalentTo(WholePlan().Statements.Single().Parameters));
            Assert.That(WritePlan.StoredSql.Statements.Single().Parameters, Is.SubsetOf(values));
        }
    }

    [Test]
    public async Task The_plan_is_valid_as_the_file_has_it_and_with_any_combination_of_its_parts()
    {
        var values = new WritePlan(DateTime.UtcNow).Parameters(isSingle: false);
        await using var connection = new NpgsqlConnection($"{ServiceUnderTest.A.ConnectionString};Pooling=false"); // takes its prepared statements with it
        await connection.OpenAsync();

        using (Assert.EnterMultipleScope())
        {
            foreach (var (name, sql) in Combinations<PlanParts>().Select(parts => ($"{parts}", WritePlan.Sql.With(parts))).Prepend(("the file", WholePlan())))
            {
                Assert.That(async () => await (await sql.PrepareAsync(connection, values, CancellationToken.None)).DisposeAsync(), Throws.Nothing, name);
            }
        }
    }

    private static PreparedSql WholePlan() => new(EmbeddedSql.Beside<WritePlan>("WritePlan.sql"));

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
