using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Malten.Bench.Bytes;

/// <summary>The two ends of a channel of a new pipe: a <c>POST /bytes</c> that never ends, and the <c>GET</c> that receives it.</summary>
internal static class PipeConnection
{
    public static (Socket Sender, Socket Receiver) Open(int from, int to)
    {
        using var http = new HttpClient();
        using var answer = http.PostAsync($"http://127.0.0.1:{from}/pipes", null).GetAwaiter().GetResult();
        using var pipe = JsonDocument.Parse(answer.EnsureSuccessStatusCode().Content.ReadAsStream());
        var stream = pipe.RootElement.GetProperty("stream").GetString();
        var seats = pipe.RootElement.GetProperty("seats");
        var receiver = Connection.To(to);
        receiver.Send(Encoding.ASCII.GetBytes($"GET /bytes?stream={stream}&seat={seats[0]} HTTP/1.0\r\n\r\n")); // no chunks: every byte counts
        var head = new byte[4096];
        var count = 0;
        while (!Encoding.ASCII.GetString(head, 0, count).Contains("\r\n\r\n", StringComparison.Ordinal)) count += receiver.Receive(head.AsSpan(count));
        if (!Encoding.ASCII.GetString(head, 0, count).Contains(" 200 ", StringComparison.Ordinal))
            throw new InvalidOperationException(Encoding.ASCII.GetString(head, 0, count));
        var sender = Connection.To(from);
        sender.Send(Encoding.ASCII.GetBytes($"POST /bytes?stream={stream}&seat={seats[1]} HTTP/1.1\r\nHost: a\r\nContent-Length: {long.MaxValue}\r\n\r\n"));
        return (sender, receiver);
    }
}
