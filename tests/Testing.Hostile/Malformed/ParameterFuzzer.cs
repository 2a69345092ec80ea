using System.Text;

namespace Malten.Testing.Hostile.Malformed;

/// <summary>Makes parameters of the wire contract, by name and value, right and wrong.</summary>
internal sealed class ParameterFuzzer(string canary)
{
    private static readonly string[] Names =
    [
        "stream", "message", "text", "user", "id", "seat", "ttl", "private", "limit", "direction", "last", "prefix", "session", "status", "prompt", "keep",
        "to", "channel", "more", "Stream", "stream[]", "", "\0", "__proto__",
    ];

    private static readonly string[] Odd =
    [
        "", " ", "0", "-1", "1", "2", "1024", "1025", "86400", "86401", "9223372036854775807", "9223372036854775808", "1795219513081506816", "1e9",
        "NaN", "true", "false", "online", "typing", "null", "%", "%zz", "%00", "%c0%80", "%ed%a0%80", "%f4%90%80%80", "%ff", "%fe%ff%00a", "\ufeff",
        "%F0%9F%98%80", "a%0d%0aX-A:%20b", "a%2fb", "..%2f..", "enc2.", "enc2.AAAA", "enc2.%2b%2f", "/malten%20", "1,2,3", ",",
        "00000000-0000-0000-0000-000000000000", "_", "%e2%80%ae", "%cc%81",
    ];

    public string Name(Random random) => RequestFuzzer.Pick(random, Names, 16);

    /// <summary>A value, percent-encoded or odd.</summary>
    public string Value(Random random) => random.Next(5) switch
    {
        0 => Odd[random.Next(Odd.Length)],
        1 => $"{canary}{random.Next(1000)}",
        2 => $"{canary}{new string('a', random.Next(8) == 0 ? 7000 : random.Next(1100))}",
        3 => canary + Escaped(random),
        _ => $"{random.NextInt64(long.MinValue, long.MaxValue)}",
    };

    /// <summary>Some parameters, joined as in a query or a form.</summary>
    public string Query(Random random)
    {
        var query = new StringBuilder();
        if (random.Next(2) == 0) // what most requests need; as often as not, the rest is wrong
        {
            query.Append($"stream={canary}{random.Next(100)}&message={canary}&prompt={canary}&");
            if (random.Next(2) == 0) return query.ToString();
        }

        for (var count = random.Next(1, random.Next(20) == 0 ? 60 : 6); count > 0; count--)
            query.Append(Name(random)).Append(random.Next(20) == 0 ? "" : "=").Append(Value(random)).Append(random.Next(20) == 0 ? ";" : "&");
        return query.ToString();
    }

    private static string Escaped(Random random)
    {
        var escaped = new StringBuilder();
        for (var count = random.Next(1, 12); count > 0; count--) escaped.Append($"%{random.Next(256):x2}");
        return escaped.ToString();
    }
}
