using System.Reflection;

namespace CrmImport.Infrastructure.Database;

/// <summary>Reads the .sql files that are built into the assembly.</summary>
internal static class EmbeddedSql
{
    private static readonly Assembly Assembly = typeof(EmbeddedSql).Assembly;

    /// <summary>The file of that name in the folder of the type.</summary>
    public static string Beside<T>(string file) => Read($"{typeof(T).Namespace}.{file}");

    /// <summary>All files of a folder, by name.</summary>
    public static IEnumerable<(string File, string Sql)> In(string folder) =>
        Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder + ".", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (name[(folder.Length + 1)..], Read(name)));

    private static string Read(string resource)
    {
        using var stream = Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"No embedded file {resource}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
