using System.Text;

namespace Malten.Testing.Hostile.Malformed;

/// <summary>
/// Makes requests of which most have something wrong: in the method, the path, the headers, the body, an encoding, or any
/// byte. The same random numbers make the same requests.
/// </summary>
/// <param name="canary">A word that names, texts and other values contain, so that it can be searched for.</param>
public sealed class RequestFuzzer(string canary)
{
    private static readonly string[] Methods =
    [
        "POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "PRI", "POST\t", "G ET", "", "\0", "GET\r", "M-SEARCH",
    ];

    private static readonly string[] Paths =
    [
        "/streams", "/messages", "/events", "/presence", "/commands", "/pipes", "/healthz", "/readyz", "/openapi/v1.json", "/", "/malten.html",
        "/signals", "/bytes", "/ice", "//messages", "/messages/", "/messages/../streams", "/./messages", "/%6dessages", "/messages%00", "/%2e%2e/", "/*", "*",
        "http://other/messages", "/messages;a=b", "/messages\\x", "/\u00ff", "", "messages", "/%ff%fe", "/%u0041",
    ];

    private static readonly string[] Versions =
        ["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.1 ", "http/1.1", "HTTP/11", "", "JUNK"];

    private readonly ParameterFuzzer _parameters = new(canary);
    private readonly BodyFuzzer _bodies = new(canary);

    /// <summary>The bytes of the next request.</summary>
    public byte[] Next(Random random)
    {
        var (head, body) = (new StringBuilder(), random.Next(3) == 0 ? null : _bodies.Next(random));
        head.Append(Pick(random, Methods, body is null ? 3 : 1)).Append(' ').Append(Pick(random, Paths, body is null ? 9 : 6));
        if (random.Next(2) == 0) head.Append('?').Append(_parameters.Query(random));
        head.Append(' ').Append(Pick(random, Versions, 4)).Append("\r\n");
        AppendHeaders(head, random, body);
        var request = (byte[])[.. Encoding.Latin1.GetBytes(head.ToString()), .. body?.Bytes ?? []];
        return random.Next(6) == 0 ? Mutation.Apply(request, random) : request;
    }

    /// <summary>One of them; mostly of the first so many, which are well-formed.</summary>
    internal static string Pick(Random random, string[] all, int wellFormed) =>
        all[random.Next(12) == 0 ? random.Next(all.Length) : random.Next(wellFormed)];

    private void AppendHeaders(StringBuilder head, Random random, Body? body)
    {
        if (random.Next(20) > 0) head.Append("Host: localhost\r\n");
        if (random.Next(20) == 0) head.Append("Host: ").Append(canary).Append(":x\r\n");
        if (body is not null)
        {
            head.Append("Content-Type: ").Append(body.Type).Append("\r\n");
            head.Append(body.IsChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Length(random, body)}").Append("\r\n");
        }

        for (var count = random.Next(3) == 0 ? random.Next(1, 4) : 0; count > 0; count--)
            head.Append(Header(random)).Append(random.Next(30) == 0 ? "\n" : "\r\n");
        head.Append("\r\n");
    }

    private static string Length(Random random, Body body) => random.Next(20) switch
    {
        0 => "-1",
        1 => "99999999999999999999",
        2 => $"{body.Bytes.Length + random.Next(1, 100)}",
        3 => $"{Math.Max(0, body.Bytes.Length - random.Next(1, 100))}",
        4 => "0x10",
        5 => $"{body.Bytes.Length}\r\nContent-Length: {body.Bytes.Length + 1}",
        _ => $"{body.Bytes.Length}",
    };

    private string Header(Random random) => random.Next(22) switch
    {
        0 => $"Last-Event-ID: {_parameters.Value(random)}",
        1 => $"Accept: {canary}/{canary}",
        2 => "Accept: application/x-ndjson",
        3 => $"X-Forwarded-For: {canary}",
        4 => "X-Forwarded-For: 1.2.3.4, ::1, unknown",
        5 => "Expect: 100-continue",
        6 => $"Expect: {canary}",
        7 => "Connection: Upgrade\r\nUpgrade: websocket",
        8 => "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        9 => $"Content-Encoding: gzip, {canary}",
        10 => $"Transfer-Encoding: {canary}, chunked",
        11 => "Transfer-Encoding: gzip",
        12 => $"Origin: https://{canary}.example",
        13 => $"Origin: {canary}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: {canary}",
        14 => $"Cookie: {canary}={new string('x', random.Next(5000))}",
        15 => $"Range: bytes={canary}",
        16 => $"If-None-Match: \"{canary}\", W/{canary}",
        17 => $"Accept-Encoding: {canary};q=9, br, gzip",
        18 => $" folded {canary}",
        19 => $"{canary}",
        20 => $"X-{canary}\0: \u00e9\u00ff{canary}",
        _ => $"X-{random.Next()}: {new string('y', random.Next(9) == 0 ? 40_000 : 100)}",
    };
}
