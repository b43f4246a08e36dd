namespace CrmImport.Infrastructure.Settings;

/// <summary>Lets any setting come from a file: <c>Databases__cv_masterdb__File=/run/secrets/db</c> sets <c>Databases:cv_masterdb</c> to what the file holds.</summary>
internal static class SecretFiles
{
    private const string Suffix = "File";

    /// <summary>Adds what can be read; returns what cannot.</summary>
    public static IReadOnlyList<UnreadableSecret> AddSecretFiles(this IConfigurationManager configuration)
    {
        var (secrets, unreadable) = (new Dictionary<string, string?>(), new List<UnreadableSecret>());
        foreach (var (setting, path) in configuration.AsEnumerable().Where(setting => setting.Key.EndsWith($":{Suffix}", StringComparison.OrdinalIgnoreCase)))
        {
            if (path is not { Length: > 0 })
            {
                continue;
            }

            var key = setting[..^(Suffix.Length + 1)];
            try
            {
                secrets[key] = File.ReadAllText(path).Trim();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                unreadable.Add(new(key, $"{setting} names the file {path}, which cannot be read: {exception.Message}"));
            }
        }

        configuration.AddInMemoryCollection(secrets);
        return unreadable;
    }
}

/// <summary>A setting whose file cannot be read, and why.</summary>
internal sealed record UnreadableSecret(string Key, string Fault);
