using System.Reflection;
using System.Text.Json;
using CrmImport.Infrastructure.Settings;
using CrmImport.Tests.Running;
using Microsoft.Extensions.Configuration;
using RangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;

namespace CrmImport.Tests.Infrastructure.Settings;

/// <summary>appsettings.json is the reference of the settings: every key that is read, with its default, its range and a comment.</summary>
public sealed class SettingsFileTests
{
    private static readonly string FileName = Path.Combine(ServiceProcess.Root, "appsettings.json");

    private static readonly IConfiguration Configuration = new ConfigurationBuilder().AddJsonFile(FileName).Build();

    private static readonly Dictionary<string, Type> Options = SettingsReader.Types.ToDictionary(SettingsReader.SectionOf);

    private static IEnumerable<string> Sections => Options.Keys;

    [Test]
    public void It_has_every_section_that_is_read_and_no_other() =>
        Assert.That(Comments().Keys.Where(key => !key.Contains(':')), Is.EquivalentTo(Options.Keys.Concat(["Databases", "Demo", "Logging"])));

    [TestCaseSource(nameof(Sections))]
    public void A_section_has_every_key_with_its_default_its_range_and_a_comment(string section)
    {
        var (type, comments) = (Options[section], Comments());
        var (defaults, shipped) = (Activator.CreateInstance(type)!, Configuration.GetSection(section).Get(type)!);
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(comments[section], Is.Not.Empty, section);
            Assert.That(comments.Keys.Where(key => key.StartsWith($"{section}:", StringComparison.Ordinal)), Is.EquivalentTo(properties.Select(property => $"{section}:{property.Name}")));
            foreach (var property in properties)
            {
                Assert.That(property.GetValue(shipped), Is.EqualTo(property.GetValue(defaults)), property.Name);
                Assert.That(comments.GetValueOrDefault($"{section}:{property.Name}"), Is.Not.Null.And.Not.Empty.And.Contains(RangeOf(property)), property.Name);
            }
        }
    }

    private static string RangeOf(PropertyInfo property) => property.GetCustomAttribute<RangeAttribute>() is { } range ? $"{range.Minimum} to {range.Maximum}" : "";

    /// <summary>The comment before each key; empty where there is none.</summary>
    private static Dictionary<string, string> Comments()
    {
        var reader = new Utf8JsonReader(File.ReadAllBytes(FileName), new JsonReaderOptions { CommentHandling = JsonCommentHandling.Allow });
        var (comments, path, comment) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>(), "");
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.Comment:
                    comment += reader.GetComment().Trim();
                    break;
                case JsonTokenType.PropertyName:
                    path = [.. path.Take(reader.CurrentDepth - 1), reader.GetString()!];
                    comments.Add(string.Join(':', path), comment);
                    comment = "";
                    break;
                case JsonTokenType.StartObject when reader.CurrentDepth == 0:
                    comment = ""; // of the file
                    break;
            }
        }

        return comments;
    }
}
