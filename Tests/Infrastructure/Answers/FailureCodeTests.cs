using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Tests.Infrastructure.Answers;

/// <summary>Each failure code of the catalogue is met by a test over HTTP: by ShouldFail, which asks for its problem too, or as the problem of a field or of an import's row.</summary>
public sealed partial class FailureCodeTests
{
    private static readonly string[] Sources =
        [.. Directory.GetFiles(Document.PathOf("Tests"), "*.cs", SearchOption.AllDirectories).Where(file => !Elsewhere().IsMatch(file)).Select(File.ReadAllText)];

    private static IEnumerable<TestCaseData> Failures => ApiErrors.All.Where(error => error.Status >= 400).Select(error => new TestCaseData(error.Status, error.Code));

    [TestCaseSource(nameof(Failures))]
    public void A_test_meets_it(int status, string code)
    {
        var asAnswer = new Regex($"\\b{status}, \"{code}\"");
        var asProblem = new Regex($"\"[^\"\n]*\\b{code}\\b[^\"\n]*\"");
        Assert.That(Sources.Any(source => asAnswer.IsMatch(source) || asProblem.IsMatch(source)), code);
    }

    [GeneratedRegex("/(obj|bin|Load|Drills|Fuzz)/|FailureCodeTests")]
    private static partial Regex Elsewhere();
}
