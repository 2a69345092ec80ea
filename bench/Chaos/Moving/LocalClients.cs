using System.Net;
using System.Net.Sockets;

namespace Malten.Bench.Chaos.Moving;

/// <summary>HTTP clients, each at an address of its own and in a network of its own: loopback has 127.0.0.0/8.</summary>
internal static class LocalClients
{
    /// <summary>So many clients at addresses that begin with 127 and <paramref name="part"/>.</summary>
    public static IReadOnlyList<HttpClient> Create(int count, byte part) =>
        [.. Enumerable.Range(0, count).Select(number => Create(new IPAddress([127, part, (byte)number, 1])))];

    private static HttpClient Create(IPAddress address) => new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false,
        ConnectCallback = (context, stop) => ConnectAsync(address, context.DnsEndPoint, stop),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static async ValueTask<Stream> ConnectAsync(IPAddress from, EndPoint to, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(to, stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
