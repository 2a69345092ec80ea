using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Malten.Streams.Values;

namespace Malten.Gateway.Limits;

/// <summary>
/// Tells clients apart: one is an IPv4 address, or an IPv6 /64, which is what one household or host is assigned. Their keys
/// are HMAC-SHA-256 (RFC 2104) under a key that is random at each start. Thread-safe.
/// </summary>
internal sealed class ClientKeys
{
    private const int ClientBytes = 8; // of an IPv6 address: 64 bits
    private const int NetworkBytes4 = 3;
    private const int NetworkBytes6 = 6;
    private const int Recent = 1024;

    // Loopback, RFC 1918, RFC 3927 and RFC 6598; RFC 4193 and RFC 4291.
    private static readonly IPNetwork[] Private = [.. ((string[])[
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10",
    ]).Select(IPNetwork.Parse)];

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly Known?[] _recent = new Known?[Recent]; // hashing takes longer than all else that a limit does

    /// <summary>The client that sent a request: behind a trusted proxy, the one for which the proxy speaks.</summary>
    public ClientKey Of(HttpContext context) => Of(context.Connection.RemoteIpAddress);

    /// <summary>The client at an address. Those of a Unix socket have none and can't be told apart.</summary>
    public ClientKey Of(IPAddress? address)
    {
        if (address is null) return Hash([], 0);
        ref var slot = ref _recent[(uint)address.GetHashCode() % Recent];
        if (Volatile.Read(ref slot) is { } known && known.Address.Equals(address)) return known.Client;
        var client = Find(address);
        Volatile.Write(ref slot, new Known(address, client));
        return client;
    }

    /// <summary>
    /// The same, for limits of what a network may do: at a private address the client has none of its own, since its neighbours on
    /// a LAN are other people, while all of an IPv6 /48 may belong to one subscriber.
    /// </summary>
    public ClientKey WithNetwork(HttpContext context) => WithNetwork(context.Connection.RemoteIpAddress);

    /// <inheritdoc cref="WithNetwork(HttpContext)"/>
    public ClientKey WithNetwork(IPAddress? address)
    {
        var client = Of(address);
        return address is not null && IsPrivate(address) ? client with { Network = client.Hash } : client;
    }

    private static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return Private.Any(network => network.Contains(address));
    }

    private ClientKey Find(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? Hash(bytes[..ClientBytes], NetworkBytes6)
            : Hash(bytes[..length], NetworkBytes4);
    }

    // The lengths differ, 0, 3, 4, 6 or 8 bytes, so that no two kinds of address hash the same.
    private ClientKey Hash(ReadOnlySpan<byte> address, int network) => new(Hash(address), Hash(address[..network]));

    private ulong Hash(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, bytes, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    private sealed record Known(IPAddress Address, ClientKey Client);
}
