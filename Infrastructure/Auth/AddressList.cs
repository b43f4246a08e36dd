using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace CrmImport.Infrastructure.Auth;

/// <summary>The addresses an endpoint admits: single ones and CIDR ranges, IPv4 and IPv6; none named admits any. An IPv4 address mapped into IPv6 is the IPv4 address.</summary>
internal sealed class AddressList(IReadOnlyList<IPNetwork> ranges)
{
    private const int IPv4Bits = 32;
    private const int MappedBits = 96;

    public static AddressList Any { get; } = new([]);

    /// <summary>What is stored; a text that is no range (written past the API) admits nobody, and a list of nothing else must not become the empty one.</summary>
    public static AddressList Of(IEnumerable<string> texts) => new([.. texts.Select(text => TryParse(text, out var range) ? range : Nobody)]);

    /// <summary>One entry: an address, or a range as <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>; a range's address must have no bit set outside its prefix.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out IPNetwork range)
    {
        range = default;
        if (text is null || text.Contains('%', StringComparison.Ordinal))
        {
            return false; // an interface of this machine is none of the caller's
        }

        if (!text.Contains('/', StringComparison.Ordinal))
        {
            if (!TryParseAddress(text, out var address))
            {
                return false;
            }

            address = Folded(address);
            range = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? IPv4Bits : IPv4Bits + MappedBits);
            return true;
        }

        if (!TryParseAddress(text[..text.IndexOf('/', StringComparison.Ordinal)], out var first) || !IPNetwork.TryParse(text, out var parsed) || !parsed.BaseAddress.Equals(first))
        {
            return false;
        }

        range = parsed.BaseAddress.IsIPv4MappedToIPv6 && parsed.PrefixLength >= MappedBits
            ? new IPNetwork(parsed.BaseAddress.MapToIPv4(), parsed.PrefixLength - MappedBits)
            : parsed;
        return true;
    }

    public bool Admits(IPAddress? address)
    {
        if (ranges.Count == 0)
        {
            return true;
        }

        if (address is null)
        {
            return false;
        }

        var folded = Folded(address);
        foreach (var range in ranges)
        {
            if (range.Contains(folded))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork Nobody { get; } = new(IPAddress.Parse("255.255.255.255"), IPv4Bits);

    private static IPAddress Folded(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    // IPAddress takes "1" for 0.0.0.1, "010.0.0.1" for octal 8.0.0.1 and "[::1]:443" for an address too; a list that admits callers must not be read so kindly.
    private static bool TryParseAddress(string text, [NotNullWhen(true)] out IPAddress? address) =>
        IPAddress.TryParse(text, out address)
        && (address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text : !text.Contains('[', StringComparison.Ordinal));
}
