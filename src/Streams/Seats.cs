using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Streams;

/// <summary>The two secrets of a pipe.</summary>
public sealed record Seats(string First, string Second)
{
    /// <summary>Two new secrets of 128 bits in base64url.</summary>
    public static Seats New() => new(Secret(), Secret());

    /// <summary>0 or 1 for one of the two secrets, -1 for anything else, in a time that tells nothing.</summary>
    public int IndexOf(string? secret)
    {
        var given = Encoding.UTF8.GetBytes(secret ?? "");
        var first = CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(First));
        var second = CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(Second));
        return first ? 0 : second ? 1 : -1;
    }

    private static string Secret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
