namespace CrmImport.Infrastructure.Settings;

/// <summary>Lets any setting come from a file: <c>Databases__cv_masterdb__File=/run/secrets/db</c> sets <c>Databases:cv_masterdb</c> to what the file holds.</summary>
internal static class SecretFiles
{
    private const string Suffix = "File";

    public static void AddSecretFiles(this IConfigurationManager configuration)
    {
        var secrets = configuration.AsEnumerable()
            .Where(setting => setting.Key.EndsWith($":{Suffix}", StringComparison.OrdinalIgnoreCase) && setting.Value is { Length: > 0 })
            .ToDictionary(setting => setting.Key[..^(Suffix.Length + 1)], setting => (string?)Read(setting.Key, setting.Value!));
        configuration.AddInMemoryCollection(secrets);
    }

    private static string Read(string key, string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"{key} names the file {path}, which cannot be read: {exception.Message}", exception);
        }
    }
}
