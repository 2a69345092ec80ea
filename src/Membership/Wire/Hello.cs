using System.Security.Cryptography;

namespace Malten.Membership;

/// <summary>The first bytes each side sends: protocol, number of the seed that is meant, digest of the seed list, nonce.</summary>
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

    /// <summary>Why the other side is not the one that was meant, or null if it is.</summary>
    public static string? Explain(ReadOnlySpan<byte> mine, ReadOnlySpan<byte> other)
    {
        if (!IsHello(other)) return "it speaks another protocol";
        var at = Magic.Length;
        if (!mine.Slice(at + 1, DigestLength).SequenceEqual(other.Slice(at + 1, DigestLength)))
            return "its list of seeds is another";
        return mine[at] != other[at] ? $"seed {mine[at]} was expected, it is seed {other[at]}: two names of one?" : null;
    }
}
