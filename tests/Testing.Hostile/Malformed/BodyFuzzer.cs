using System.IO.Compression;
using System.Text;

namespace Malten.Testing.Hostile.Malformed;

/// <summary>A body, with the type that it is said to have.</summary>
/// <param name="Bytes">The bytes, in chunks if <paramref name="IsChunked"/>.</param>
internal sealed record Body(byte[] Bytes, string Type, bool IsChunked);

/// <summary>Makes forms, JSON and other bodies, right and wrong.</summary>
internal sealed class BodyFuzzer(string canary)
{
    private static readonly string[] Types =
    [
        "application/x-www-form-urlencoded", "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16",
        "application/json; charset=\"", "application/x-www-form-urlencoded; charset=iso-8859-1", "application/problem+json", "text/plain",
        "multipart/form-data", "multipart/form-data; boundary=x", "application/octet-stream", "json", "", ";", "application/json, text/html", "*/*",
    ];

    private readonly ParameterFuzzer _parameters = new(canary);

    public Body Next(Random random)
    {
        var isForm = random.Next(2) == 0;
        var text = isForm ? Encoding.UTF8.GetBytes(_parameters.Query(random)) : Json(random);
        if (random.Next(15) == 0) text = Reencode(text, random);
        if (random.Next(10) == 0) text = Mutation.Apply(text, random);
        var type = random.Next(4) == 0 ? Types[random.Next(Types.Length)] : Types[isForm ? 0 : 1];
        var isChunked = random.Next(4) == 0;
        return new Body(isChunked ? Chunk(text, random) : text, type, isChunked);
    }

    private byte[] Json(Random random)
    {
        var json = new StringBuilder();
        if (random.Next(30) == 0) return Encoding.UTF8.GetBytes(new string('[', random.Next(1, 70_000)));
        if (random.Next(60) == 0) return Encoding.UTF8.GetBytes($"{{\"message\":\"{new string('a', 70_000)}\"}}");
        json.Append('{');
        for (var count = random.Next(6); count > 0; count--)
        {
            json.Append('"').Append(Escape(_parameters.Name(random))).Append("\":").Append(Value(random, 0));
            if (count > 1 || random.Next(20) == 0) json.Append(',');
        }

        if (random.Next(20) > 0) json.Append('}');
        if (random.Next(20) == 0) json.Append("{}").Append(canary);
        return Encoding.UTF8.GetBytes(json.ToString());
    }

    private string Value(Random random, int depth) => random.Next(12) switch
    {
        0 => "null",
        1 => "true",
        2 => $"{random.NextInt64()}",
        3 => "1e400",
        4 => "-0.5e-400",
        5 => $"\"\\ud800{canary}\"",
        6 => $"\"\\u0000{canary}\\uffff\"",
        7 when depth < 5 => $"[{Value(random, depth + 1)},{Value(random, depth + 1)}]",
        8 when depth < 5 => $"{{\"{canary}\":{Value(random, depth + 1)}}}",
        9 => $"\"{canary}", // a string without end
        10 => new string('9', random.Next(1, 2000)),
        _ => $"\"{Escape(Uri.UnescapeDataString(_parameters.Value(random)))}\"",
    };

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static byte[] Reencode(byte[] text, Random random) => random.Next(4) switch
    {
        0 => Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(text)),
        1 => [0xef, 0xbb, 0xbf, .. text],
        2 => Gzip(text),
        _ => Encoding.UTF32.GetBytes(Encoding.UTF8.GetString(text)),
    };

    private static byte[] Gzip(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(text);
        return packed.ToArray();
    }

    private byte[] Chunk(byte[] text, Random random)
    {
        using var chunked = new MemoryStream();
        for (var start = 0; start < text.Length;)
        {
            var length = Math.Min(text.Length - start, random.Next(1, 5000));
            var said = random.Next(40) switch
            {
                0 => $"{length + 1:x}",
                1 => "-1",
                2 => "fffffffff",
                3 => $"{length:x};{canary}=1",
                4 => "zz",
                _ => $"{length:x}",
            };
            chunked.Write(Encoding.ASCII.GetBytes(said + "\r\n"));
            chunked.Write(text.AsSpan(start, length));
            chunked.Write("\r\n"u8);
            start += length;
        }

        var trailer = random.Next(10) == 0 ? $"X-{canary}: {canary}\r\n" : "";
        chunked.Write(Encoding.ASCII.GetBytes(random.Next(20) == 0 ? "" : $"0\r\n{trailer}\r\n"));
        return chunked.ToArray();
    }
}
