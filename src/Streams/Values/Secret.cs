using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Malten.Streams.Values;

/// <summary>Random values that nobody can guess, in base64url (RFC 4648, section 5) without padding.</summary>
public static class Secret
{
    private const int DefaultBytes = 16;

    /// <summary>A new secret of 128 bits, or of another number of bytes.</summary>
    public static string New(int bytes = DefaultBytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>Whether two secrets are the same, in a time that does not depend on where they differ.</summary>
    public static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
