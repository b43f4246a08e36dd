namespace CrmImport.Infrastructure.Settings;

/// <summary>A section of the configuration: its keys are the class's properties, with their defaults and limits. Each class is read, checked at the start and by <c>--check-config</c>, and documented in appsettings.json.</summary>
internal interface ISettings
{
    /// <summary>The section's name.</summary>
    static abstract string Section { get; }
}
