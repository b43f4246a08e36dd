using System.Buffers.Binary;
using System.Net;

namespace CrmImport.Infrastructure.Callers;

/// <summary>What limits take for one client: an IPv4 address, or an IPv6 /64, which one customer of a provider has to himself.</summary>
internal readonly record struct ClientNetwork(bool IsV6, ulong Prefix)
{
    /// <summary>The network of an address; no address (a unix socket) is one of its own.</summary>
    public static ClientNetwork Of(IPAddress? address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (address is null || !address.TryWriteBytes(bytes, out var length))
        {
            return default;
        }

        return length == 4 ? new(false, BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : address.IsIPv4MappedToIPv6 ? new(false, BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]))
            : new(true, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    public static ClientNetwork Of(string address) => Of(IPAddress.TryParse(address, out var parsed) ? parsed : null);

    public override string ToString()
    {
        var bytes = new byte[IsV6 ? 16 : 4];
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, Prefix);
            return $"{new IPAddress(bytes)}/64";
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Prefix);
        return new IPAddress(bytes).ToString();
    }
}
