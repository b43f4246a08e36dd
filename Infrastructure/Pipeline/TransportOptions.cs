using System.Net;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Section <c>Https</c>: whether plain HTTP is refused.</summary>
internal sealed class HttpsOptions : ISettings
{
    public static string Section => "Https";

    /// <summary>HTTPS is required, except from loopback and trusted proxies.</summary>
    public bool Required { get; set; } = true;
}

/// <summary>Section <c>Proxies</c>: who may say, in <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c>, for whom it calls.</summary>
internal sealed class ProxiesOptions : ISettings
{
    public static string Section => "Proxies";

    /// <summary>Addresses and networks (CIDR) of proxies.</summary>
    public string[] Trusted { get; set; } = [];
}

/// <summary>The networks whose word about a client's address is taken; none unless configured, not even loopback.</summary>
internal sealed class TrustedProxies(IReadOnlyList<IPNetwork> networks)
{
    public IReadOnlyList<IPNetwork> Networks => networks;

    public bool Contains(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Any(network => network.Contains(plain));
    }

    public static TrustedProxies Of(ProxiesOptions options)
    {
        var proxies = options.Trusted.Select(text => (Text: text, Network: TryParse(text))).ToArray();
        StartupException.ThrowIfAny(
            [.. proxies.Where(proxy => proxy.Network is null).Select(proxy => $"Proxies:Trusted has {proxy.Text}, which is neither an address nor a network such as 10.0.0.0/8 (with no host bits set).")]);
        return new([.. proxies.Select(proxy => proxy.Network!.Value)]);
    }

    private static IPNetwork? TryParse(string text) =>
        text.AsSpan().ContainsAny('.', ':') && IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) // 10 alone would be 0.0.0.10
        : IPNetwork.TryParse(text, out var network) ? network
        : null;
}
