using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace CrmImport.Tests.Running;

/// <summary>Certificates of nobody's authority, in a directory of their own, in the formats that Kestrel reads.</summary>
internal sealed class CertificateFiles : IDisposable
{
    public const string Password = "geheim";

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("crmimport-cert-");

    public CertificateFiles(string host)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllBytes(Pfx, certificate.Export(X509ContentType.Pfx, Password));
        File.WriteAllText(Pem, certificate.ExportCertificatePem());
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(EncryptedKey, key.ExportEncryptedPkcs8PrivateKeyPem(Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        using var other = RSA.Create(2048);
        File.WriteAllText(OtherKey, other.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Garbage, "no certificate");
    }

    public string Pfx => In("cert.pfx");

    public string Pem => In("cert.pem");

    public string Key => In("key.pem");

    public string EncryptedKey => In("encrypted.pem");

    public string OtherKey => In("other.pem");

    public string Garbage => In("garbage");

    public void Dispose() => directory.Delete(recursive: true);

    private string In(string name) => Path.Combine(directory.FullName, name);
}
