using CrmImport.Infrastructure.Database;

namespace CrmImport.Tests.Infrastructure.Database;

public sealed class SqlPartsTests
{
    private const string Statement =
        """
        select 1 -- always
        --begin first
        , unnest(@a)
        , 3 -- with both --if second
        --end
        , 4 --if second
        """;

    [TestCase(0, "select 1 -- always")]
    [TestCase(1, "select 1 -- always\n, unnest($1)")]
    [TestCase(2, "select 1 -- always\n, 4")]
    [TestCase(3, "select 1 -- always\n, unnest($1)\n, 3 -- with both\n, 4")]
    public void Only_the_wanted_parts_are_sent(int parts, string expected) =>
        Assert.That(TextOf(new SqlParts<Parts>(Statement).With((Parts)parts)), Is.EqualTo(expected));

    [Test]
    public void A_single_row_takes_values_instead_of_arrays() =>
        Assert.That(TextOf(new SqlParts<Parts>(Statement).With(Parts.First, isSingle: true)), Is.EqualTo("select 1 -- always\n, $1"));

    [Test]
    public void A_variant_is_made_once()
    {
        var sql = new SqlParts<Parts>(Statement);
        var first = sql.With(Parts.First);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(sql.With(Parts.First), Is.SameAs(first));
            Assert.That(sql.With(Parts.First, isSingle: true), Is.Not.SameAs(first));
        }
    }

    [TestCase("select 1 --if first\n, 2 --if third", "names no flag of Parts: , 2 --if third")]
    [TestCase("--begin third\n--end", "names no flag of Parts: --begin third")]
    [TestCase("select 1 --iff first", "misplaced")]
    [TestCase("select 1 --begin first", "misplaced")]
    [TestCase("--begin first\n--begin second", "misplaced")]
    [TestCase("--begin first\n, 1\n--end first", "misplaced")]
    [TestCase("--end", "misplaced")]
    [TestCase("select 1 --if second\n--begin first\n, 2", "no end mark")]
    [TestCase("select 1 --if first", "No line has a mark for Parts.Second")]
    [TestCase("select 1 --if first\n--begin second\n--end", "No line has a mark for Parts.Second")]
    public void Marks_that_do_not_fit_the_enum_or_each_other_are_refused(string sql, string message) =>
        Assert.That(() => new SqlParts<Parts>(sql), Throws.InvalidOperationException.With.Message.Contains(message));

    private static string TextOf(PreparedSql sql) => sql.Statements.Single().Sql;

    [Flags]
    private enum Parts
    {
        None = 0,
        First = 1 << 0,
        Second = 1 << 1,
    }
}
