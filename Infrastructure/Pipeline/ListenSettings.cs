namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Where the service listens, by the settings that ASP.NET Core and Kestrel read, in their order: endpoints, else URLs, else ports, else a default.</summary>
internal static class ListenSettings
{
    public const string DefaultUrl = "http://localhost:8080";

    private const string Endpoints = "Kestrel:Endpoints";
    private const string Urls = "urls";

    /// <summary>Whether anything says where to listen.</summary>
    public static bool AreGiven(IConfiguration configuration) => UrlsOf(configuration).Any();

    /// <summary>The URLs that are listened on; what is no URL is left out.</summary>
    public static IEnumerable<BindingAddress> AddressesOf(IConfiguration configuration) =>
        UrlsOf(configuration).Select(url => url.Url).DefaultIfEmpty(DefaultUrl).Select(TryParse).OfType<BindingAddress>();

    /// <summary>All that is wrong with URLs and certificates, a sentence each, by the setting's key.</summary>
    public static IEnumerable<string> FaultsOf(IConfiguration configuration, string contentRoot) =>
    [
        .. UrlsOf(configuration).Where(url => TryParse(url.Url) is null).Select(url =>
            url.Url.Length == 0 ? $"{url.Setting} has no URL." : $"{url.Setting} has {url.Url}, which is not a URL to listen on such as http://*:8080 or https://10.0.0.1:8443."),
        .. CertificateSettings.FaultsOf(configuration, contentRoot),
    ];

    // Each with the setting that it comes from.
    private static IEnumerable<(string Setting, string Url)> UrlsOf(IConfiguration configuration)
    {
        var endpoints = configuration.GetSection(Endpoints).GetChildren().ToArray();
        return endpoints.Length > 0 ? endpoints.Select(endpoint => ($"{endpoint.Path}:Url", endpoint["Url"] ?? ""))
            : configuration[Urls] is { Length: > 0 } urls ? Split(urls).Select(url => ("urls (--urls or ASPNETCORE_URLS)", url))
            : Ports("http").Concat(Ports("https"));

        IEnumerable<(string, string)> Ports(string scheme) =>
            Split(configuration[$"{scheme}_ports"] ?? "").Select(port => ($"{scheme}_ports (ASPNETCORE_{scheme.ToUpperInvariant()}_PORTS)", $"{scheme}://*:{port}"));

        static string[] Split(string list) => list.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    // What Kestrel would refuse; and a port that is no number, which it takes for a part of the host's name and listens on port 80.
    private static BindingAddress? TryParse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { Scheme: "http" or "https", PathBase: "", Port: <= 65535 } && (address.IsUnixPipe || address.IsNamedPipe || address.Host.StartsWith('[') || !address.Host.Contains(':'))
                ? address
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
