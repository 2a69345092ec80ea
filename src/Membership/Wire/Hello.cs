using System.Security.Cryptography;
using Malten.Membership.Seeds;

namespace Malten.Membership.Wire;

/// <summary>
/// The first bytes that each side sends: the protocol, the number of the intended seed, the digest of the list of
/// seeds, and a nonce.
/// </summary>
internal static class Hello
{
    public const int Length = 8 + 1 + DigestLength + 32;
    private const int DigestLength = 32;

    private static ReadOnlySpan<byte> Magic => "MALTENR1"u8;

    public static byte[] Write(int seed, SeedList seeds)
    {
        var hello = new byte[Length];
        Magic.CopyTo(hello);
        hello[Magic.Length] = (byte)seed;
        seeds.Digest.CopyTo(hello, Magic.Length + 1);
        RandomNumberGenerator.Fill(hello.AsSpan(Magic.Length + 1 + DigestLength));
        return hello;
    }

    public static bool IsHello(ReadOnlySpan<byte> hello) => hello.StartsWith(Magic);

    /// <summary>Says why the other side is not the intended one; null if it is.</summary>
    public static string? FindMismatch(ReadOnlySpan<byte> mine, ReadOnlySpan<byte> other)
    {
        if (!IsHello(other)) return "it speaks another protocol";
        var at = Magic.Length;
        if (!mine.Slice(at + 1, DigestLength).SequenceEqual(other.Slice(at + 1, DigestLength)))
            return "it has another list of seeds";
        return mine[at] != other[at]
            ? $"seed {mine[at]} was expected, but it is seed {other[at]}; perhaps the list has two names for one seed"
            : null;
    }
}
