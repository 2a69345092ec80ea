using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Malten.Gateway.Limits;

/// <summary>What counts as one client: an IPv4 address, or an IPv6 /64, which is what one household or host is assigned.</summary>
internal readonly record struct ClientKey(ulong Prefix, bool IsV6)
{
    public static ClientKey Of(IPAddress? address)
    {
        if (address is null) return default; // a Unix socket, whose clients cannot be told apart
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? new ClientKey(BinaryPrimitives.ReadUInt32BigEndian(bytes), false)
            : new ClientKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), true);
    }
}
