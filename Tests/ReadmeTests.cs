using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;
using CrmImport.Tests.Running;
using Microsoft.Extensions.Configuration;

namespace CrmImport.Tests;

/// <summary>What the README says in tables is what the service does.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(ServiceProcess.Root, "README.md"));

    [Test]
    public void The_error_table_is_the_catalogue() =>
        Assert.That(
            ErrorRows().Matches(Readme).Select(row => row.Value),
            Is.EqualTo(ApiErrors.All.GroupBy(error => error.Status).Select(errors => $"| {errors.Key} | {string.Join("<br>", errors.Select(error => $"`{error.Code}`: {error.Meaning}"))} |")));

    [Test]
    public void Every_setting_is_in_the_table_with_its_default()
    {
        var settings = new ConfigurationBuilder().AddJsonFile(Path.Combine(ServiceProcess.Root, "appsettings.json")).Build()
            .AsEnumerable()
            .Where(setting => setting.Value is { Length: > 0 } && !setting.Key.StartsWith("Logging", StringComparison.Ordinal));
        using (Assert.EnterMultipleScope())
        {
            foreach (var (key, value) in settings)
            {
                var (section, name) = (key.Split(':')[0], key.Split(':')[1]);
                var row = Readme.Split('\n').Single(line => line.StartsWith($"| `{section}` |", StringComparison.Ordinal));
                Assert.That(row.Replace("`", "", StringComparison.Ordinal), Does.Contain($"{name} {value!.ToLowerInvariant()}: "), key);
            }
        }
    }

    [Test]
    public void It_is_short() => Assert.That(Readme.Split('\n'), Has.Length.LessThanOrEqualTo(170));

    [GeneratedRegex(@"^\| \d{3} \| .* \|$", RegexOptions.Multiline)]
    private static partial Regex ErrorRows();
}
