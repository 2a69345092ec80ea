using System.Text;

namespace Malten.Testing.Hostile;

/// <summary>The bytes of well-formed requests.</summary>
internal static class Requests
{
    /// <summary>1,024 emoji, each of which takes twelve bytes in escaped JSON: the longest command, and the longest plain text.</summary>
    public static readonly string Emoji = string.Concat(Enumerable.Repeat("\U0001F600", 1024));

    /// <summary>The longest text: 6,144 characters that look encrypted.</summary>
    public static readonly string Long = "enc2." + new string('A', 6139);

    public static byte[] Get(string pathAndQuery, string headers = "") =>
        Encoding.UTF8.GetBytes($"GET {pathAndQuery} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

    /// <summary>What a browser asks before a page may post JSON to another origin (Fetch standard, "CORS-preflight fetch").</summary>
    public static byte[] Preflight(string path) => Encoding.ASCII.GetBytes($"OPTIONS {path} HTTP/1.1\r\nHost: localhost\r\n"
        + "Origin: https://example.org\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n");

    /// <summary>A post of a form, whose values need no escaping.</summary>
    public static byte[] Post(string path, string form)
    {
        var length = Encoding.UTF8.GetByteCount(form);
        return Encoding.UTF8.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}");
    }

    /// <summary>A name that nobody has used.</summary>
    public static string RandomName(Random random) => $"x{random.NextInt64():x16}";
}
