using System.ComponentModel.DataAnnotations;

namespace CrmImport.Infrastructure.Settings;

/// <summary>Reads a section of the configuration into its options. What is not understood stops the start: a typing error must not pass for a default.</summary>
internal static class SettingsReader
{
    public static TOptions Read<TOptions>(IConfiguration configuration, string sectionName)
        where TOptions : class, new()
    {
        var section = configuration.GetSection(sectionName);
        var known = typeof(TOptions).GetProperties().Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (section.GetChildren().FirstOrDefault(child => !known.Contains(child.Key)) is { } unknown)
        {
            throw new StartupException($"{unknown.Path} is no setting; {sectionName} has {string.Join(", ", known)}.");
        }

        // The binder passes over the text silently.
        if (typeof(TOptions).GetProperties().FirstOrDefault(property => property.PropertyType.IsArray && section[property.Name] is { Length: > 0 }) is { } list)
        {
            throw new StartupException($"{sectionName}:{list.Name} is a list: write {sectionName}__{list.Name}__0, {sectionName}__{list.Name}__1 and so on.");
        }

        var options = Bind<TOptions>(section);
        var faults = new List<ValidationResult>();
        return Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true)
            ? options
            : throw new StartupException($"{sectionName}: {string.Join(' ', faults)}");
    }

    private static TOptions Bind<TOptions>(IConfigurationSection section)
        where TOptions : class, new()
    {
        try
        {
            return section.Get<TOptions>() ?? new TOptions();
        }
        catch (InvalidOperationException exception)
        {
            throw new StartupException(exception.Message, exception); // names the key and the value
        }
    }
}
