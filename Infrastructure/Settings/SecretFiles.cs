namespace CrmImport.Infrastructure.Settings;

/// <summary>
/// Lets any setting come from a file: <c>Databases__cv_masterdb__File=/run/secrets/db</c> sets <c>Databases:cv_masterdb</c> to what the file holds; and takes a database
/// from each file of <c>Tenancy:Directory</c>. The files are read again by <see cref="Refresh"/>; who reads a setting once keeps what it was.
/// </summary>
internal sealed class SecretFiles : ConfigurationProvider, IConfigurationSource
{
    private const string Suffix = ":File";
    private const string DirectorySetting = "Tenancy:Directory";

    private readonly Lock gate = new();
    private readonly KeyValuePair<string, string?>[] files;
    private readonly string? directory;

    private SecretFiles(IConfiguration settings)
    {
        files = [.. settings.AsEnumerable().Where(setting => setting.Key.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase) && setting.Value is { Length: > 0 })];
        directory = settings[DirectorySetting] is { Length: > 0 } name ? name : null;
    }

    /// <summary>The files that could not be read when they were last asked for.</summary>
    public IReadOnlyList<UnreadableSecret> Unreadable { get; private set; } = [];

    /// <summary>Adds what the files hold to the settings that name them.</summary>
    public static SecretFiles AddTo(ConfigurationManager configuration)
    {
        var secrets = new SecretFiles(configuration);
        ((IConfigurationBuilder)configuration).Add(secrets);
        return secrets;
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load() => Read();

    /// <summary>Reads the files again. One that cannot be read keeps what it held; a file taken out of the directory takes its database with it.</summary>
    public void Refresh()
    {
        bool isChanged;
        lock (gate)
        {
            isChanged = Read();
        }

        if (isChanged)
        {
            OnReload();
        }
    }

    private bool Read()
    {
        var (secrets, unreadable) = (new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase), new List<UnreadableSecret>());
        foreach (var (setting, path) in files.Concat(Listed(unreadable)))
        {
            var key = setting[..^Suffix.Length];
            try
            {
                secrets[key] = File.ReadAllText(path!).Trim();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                unreadable.Add(new(key, $"{setting} names the file {path}, which cannot be read: {exception.Message}"));
                if (Data.TryGetValue(key, out var earlier))
                {
                    secrets[key] = earlier;
                }
            }
        }

        var isChanged = secrets.Count != Data.Count || secrets.Any(secret => !Data.TryGetValue(secret.Key, out var earlier) || earlier != secret.Value);
        (Data, Unreadable) = (isChanged ? secrets : Data, unreadable);
        return isChanged;
    }

    // Hidden ones are no databases: Kubernetes keeps the versions of a mounted secret in some.
    private IEnumerable<KeyValuePair<string, string?>> Listed(List<UnreadableSecret> unreadable)
    {
        if (directory is null)
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateFiles(directory).Where(path => !Path.GetFileName(path).StartsWith('.')).Select(path => new KeyValuePair<string, string?>($"Databases:{Path.GetFileName(path)}{Suffix}", path))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            unreadable.Add(new(DirectorySetting, $"{DirectorySetting} names the directory {directory}, which cannot be read: {exception.Message}"));
            return Data.Keys.Where(key => key.StartsWith("Databases:", StringComparison.OrdinalIgnoreCase)).Select(key => new KeyValuePair<string, string?>($"{key}{Suffix}", Path.Combine(directory, key["Databases:".Length..])));
        }
    }
}

/// <summary>A setting whose file cannot be read, and why.</summary>
internal sealed record UnreadableSecret(string Key, string Fault);
