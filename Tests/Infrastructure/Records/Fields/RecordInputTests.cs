using System.Text;
using System.Text.Json;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Tests.Infrastructure.Records.Fields;

/// <summary>A record of more fields than any has today: custom fields will come.</summary>
public sealed class RecordInputTests
{
    private const int Fields = 70;

    private static readonly RecordShape Shape = new([.. Enumerable.Range(0, Fields).Select(i => new Field($"f{i}", FieldKind.Text) { MaxLength = 10, Alias = $"alias{i}", Description = "" })]) { Name = "Test" };

    [Test]
    public void Each_field_of_a_large_record_is_given_by_itself()
    {
        var record = Read("""{"f0":"a","f5":null,"f63":"b","f64":"c","f69":"d"}""");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Enumerable.Range(0, Fields).Where(record.IsPresent), Is.EqualTo(new[] { 0, 5, 63, 64, 69 }));
            Assert.That(Problems(record), Is.Empty);
            Assert.That(record[64], Is.EqualTo("c"));
            Assert.That(record[6], Is.Null);
        }
    }

    [TestCase(0)]
    [TestCase(63)]
    [TestCase(64)]
    [TestCase(69)]
    public void A_field_that_is_given_twice_is_a_problem_of_that_field(int index)
    {
        var record = Read($$"""{"f{{index}}":"a","f1":"b","f{{index}}":"c"}""");

        Assert.That(Problems(record), Is.EqualTo(new[] { $"f{index} duplicate_field" }));
    }

    [Test]
    public void A_field_of_a_large_record_keeps_the_name_it_was_given_by()
    {
        var record = Read("""{"f0":"a","alias64":"b","f69":"c","alias3":"d"}""");

        Assert.That(Shape.Fields.Select(record.PathOf), Is.EqualTo(Enumerable.Range(0, Fields).Select(i => i is 3 or 64 ? $"alias{i}" : $"f{i}")));
    }

    private static IEnumerable<string> Problems(RecordInput record) => RecordRules.ProblemsOf(record).Select(problem => $"{problem.Field} {problem.Code}");

    private static RecordInput Read(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return RecordReader.Read(ref reader, Shape);
    }
}
