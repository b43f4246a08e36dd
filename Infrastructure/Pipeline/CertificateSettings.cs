using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>The certificates that Kestrel's settings name as files. They are loaded as Kestrel loads them, to say which setting is wrong: its own failure names none.</summary>
internal static class CertificateSettings
{
    private static readonly string[] Roots = ["Kestrel:Certificates", "Kestrel:Endpoints"];

    public static IEnumerable<string> FaultsOf(IConfiguration configuration, string contentRoot) =>
        Roots.SelectMany(root => CertificatesOf(configuration.GetSection(root))).Select(certificate => FaultOf(certificate, contentRoot)).OfType<string>();

    // Kestrel:Certificates:Default, Kestrel:Endpoints:{name}:Certificate, Kestrel:Endpoints:{name}:Sni:{host}:Certificate.
    private static IEnumerable<IConfigurationSection> CertificatesOf(IConfigurationSection section) =>
        section.GetChildren().SelectMany(child => child["Path"] is { Length: > 0 } ? [child] : CertificatesOf(child));

    private static string? FaultOf(IConfigurationSection certificate, string contentRoot)
    {
        var file = Path.Combine(contentRoot, certificate["Path"]!);
        var keyFile = certificate["KeyPath"] is { Length: > 0 } keyPath ? Path.Combine(contentRoot, keyPath) : null;
        if (WhyUnreadable($"{certificate.Path}:Path", file) is { } unreadable)
        {
            return unreadable;
        }

        if (keyFile is not null && WhyUnreadable($"{certificate.Path}:KeyPath", keyFile) is { } unreadableKey)
        {
            return unreadableKey;
        }

        try
        {
            using var loaded = keyFile is null
                ? X509CertificateLoader.LoadPkcs12FromFile(file, certificate["Password"])
                : LoadPem(file, keyFile, certificate["Password"]);
            return loaded.HasPrivateKey ? null : $"{certificate.Path}: {file} has no private key.";
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            var what = keyFile is null ? $"{file} is not a PFX with that Password (a PEM needs KeyPath too)" : $"{file} and {keyFile} are not a certificate and its key with that Password";
            return $"{certificate.Path}: {what}: {exception.Message.Split('\n')[0].TrimEnd('.')}.";
        }
    }

    private static X509Certificate2 LoadPem(string file, string keyFile, string? password)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        var (pem, key) = (certificate.ExportCertificatePem(), File.ReadAllText(keyFile));
        return password is null ? X509Certificate2.CreateFromPem(pem, key) : X509Certificate2.CreateFromEncryptedPem(pem, key, password);
    }

    private static string? WhyUnreadable(string setting, string file)
    {
        try
        {
            using var opened = File.OpenRead(file);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"{setting} names a file that cannot be read: {exception.Message.TrimEnd('.')}.";
        }
    }
}
