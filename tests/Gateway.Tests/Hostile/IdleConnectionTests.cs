using System.Net;
using System.Net.Sockets;
using System.Text;
using Malten.Testing;
using Malten.Testing.Hostile;

namespace Malten.Gateway.Tests.Hostile;

/// <summary>A connection that waits for its next request keeps little of its last. It measures memory, so nothing may run beside it.</summary>
[Collection(nameof(Undisturbed))]
public sealed class IdleConnectionTests : GatewayTests
{
    private const int Connections = 200;
    private const int MostBytesEach = 8 * 1024;

    private static readonly IPAddress Loud = IPAddress.Parse("127.0.5.1");
    private static readonly byte[] Short = Bytes("GET /healthz?x=a HTTP/1.1\r\nHost: a\r\n\r\n");
    private static readonly string Long = new('x', 7000);

    [Theory]
    [InlineData("/healthz?x=a", "User-Agent: {0}\r\nReferer: {0}\r\n", true)]
    [InlineData("/healthz?x={0}", "", false)]
    public async Task However_long_it_was(string target, string headers, bool staysOpen)
    {
        var (host, _) = await StartAsync();
        var connections = new List<AttackConnection>();
        for (var i = 0; i < Connections; i++)
        {
            connections.Add(await AttackConnection.OpenAsync(host.Address, Loud, CancellationToken.None));
            Assert.True(await IsServedAsync(connections[i], Short));
        }

        // Once for all: a socket keeps what it sent last.
        var request = Bytes($"GET {target} HTTP/1.1\r\nHost: a\r\n{headers}\r\n".Replace("{0}", Long, StringComparison.Ordinal));
        var before = GC.GetTotalMemory(true);
        foreach (var one in connections) Assert.True(await IsServedAsync(one, request));
        await Eventually.IsSoAsync(() => GC.GetTotalMemory(true) - before <= Connections * MostBytesEach);
        foreach (var one in connections)
        {
            Assert.Equal(staysOpen, await IsServedAsync(one, Short));
            one.Dispose();
        }
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static async Task<bool> IsServedAsync(AttackConnection connection, byte[] request)
    {
        try
        {
            return await connection.AskAsync(request, CancellationToken.None) == 200;
        }
        catch (SocketException)
        {
            return false; // closed meanwhile
        }
    }
}
