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
