using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace CrmImport.Infrastructure.Settings;

/// <summary>Reads a section of the configuration into its options. What is not understood stops the start: a typing error must not pass for a default.</summary>
internal static class SettingsReader
{
    /// <summary>The classes of all sections.</summary>
    public static IReadOnlyList<Type> Types { get; } = [.. typeof(ISettings).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(ISettings)))];

    /// <summary>The name of the section that is read into the class.</summary>
    public static string SectionOf(Type options) => (string)options.GetProperty(nameof(ISettings.Section))!.GetValue(null)!;

    /// <summary>The options; all that is wrong with them is in the exception.</summary>
    public static TOptions Read<TOptions>(IConfiguration configuration)
        where TOptions : class, ISettings, new()
    {
        StartupException.ThrowIfAny(FaultsOf(configuration, typeof(TOptions)));
        return configuration.GetSection(TOptions.Section).Get<TOptions>() ?? new TOptions();
    }

    /// <summary>What is wrong with the section that is read into the class, a sentence each.</summary>
    public static IReadOnlyList<string> FaultsOf(IConfiguration configuration, Type options) =>
        FaultsOf(configuration.GetSection(SectionOf(options)), options.GetProperties(BindingFlags.Public | BindingFlags.Instance));

    private static List<string> FaultsOf(IConfigurationSection section, PropertyInfo[] properties)
    {
        var known = string.Join(", ", properties.Select(property => property.Name));
        return
        [
            .. section.Value is { Length: > 0 } ? [$"{section.Path} is a section, not a value. It supports {known}."] : Array.Empty<string>(),
            .. properties.Where(property => !property.PropertyType.IsArray && !IsNames(property) && SectionsOf(property) is null)
                .SelectMany(property => section.GetSection(property.Name).GetChildren().Where(child => !child.Key.Equals("File", StringComparison.OrdinalIgnoreCase)))
                .Select(child => $"Unknown setting {child.Path}."),
            .. section.GetChildren().Where(child => !properties.Any(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)))
                .Select(child => $"Unknown setting {child.Path}. {section.Path} supports {known}."),
            .. properties.Where(IsNames).SelectMany(property => section.GetSection(property.Name).GetChildren()).SelectMany(name => name.GetChildren())
                .Where(child => !child.Key.Equals("File", StringComparison.OrdinalIgnoreCase)).Select(child => $"Unknown setting {child.Path}."),
            .. properties.Where(property => SectionsOf(property) is not null)
                .SelectMany(property => section.GetSection(property.Name).GetChildren().SelectMany(named => FaultsOf(named, SectionsOf(property)!.GetProperties(BindingFlags.Public | BindingFlags.Instance)))),
            .. properties.SelectMany(property => FaultsOf(section.GetSection(property.Name).Value, property, $"{section.Path}:{property.Name}")),
        ];
    }

    private static IEnumerable<string> FaultsOf(string? text, PropertyInfo property, string key)
    {
        if (IsNames(property) || SectionsOf(property) is not null)
        {
            return text is { Length: > 0 } ? [$"{key} is a section, not a value: write {key}:name."] : [];
        }

        if (property.PropertyType.IsArray)
        {
            return text is { Length: > 0 } ? [$"{key} is a list: write {key.Replace(":", "__", StringComparison.Ordinal)}__0, {key.Replace(":", "__", StringComparison.Ordinal)}__1 and so on."] : []; // the binder passes over the text silently
        }

        return text is null ? []
            : TryConvert(text, property.PropertyType, out var value) ? property.GetCustomAttributes<ValidationAttribute>().Where(rule => !rule.IsValid(value)).Select(rule => Broken(rule, key))
            : [$"{key} must be {(property.PropertyType == typeof(bool) ? "true or false" : "a whole number")}, not {text}."];
    }

    // A text for each name, whatever the names are.
    private static bool IsNames(PropertyInfo property) => property.PropertyType == typeof(Dictionary<string, string>);

    // A section for each name: the class it is read into; null where the property is none of this kind.
    private static Type? SectionsOf(PropertyInfo property) =>
        property.PropertyType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Dictionary<,>) && type.GenericTypeArguments[1] is var value && value != typeof(string) ? value : null;

    private static string Broken(ValidationAttribute rule, string key) =>
        rule is RangeAttribute range ? string.Create(CultureInfo.InvariantCulture, $"{key} must be from {range.Minimum} to {range.Maximum}.") : rule.FormatErrorMessage(key);

    // As the binder does.
    private static bool TryConvert(string text, Type type, out object? value)
    {
        try
        {
            value = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            return true;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or NotSupportedException)
        {
            value = null;
            return false;
        }
    }
}
