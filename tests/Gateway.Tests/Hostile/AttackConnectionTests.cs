using System.Net;
using System.Net.Sockets;
using Malten.Testing.Hostile;

namespace Malten.Gateway.Tests.Hostile;

/// <summary>An attacker, and an ordinary client beside it, reads lines however a server divides them into chunks.</summary>
public sealed class AttackConnectionTests
{
    [Theory]
    [InlineData("Transfer-Encoding: chunked", "4\r\ndata\r\n3\r\n: a\r\n3\r\nb\n\n\r\n1\r\nc\r\n1\r\n\n\r\n0\r\n\r\n")]
    [InlineData("Connection: close", "data: ab\n\nc\n")]
    public async Task Lines_are_whole(string header, string body)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var answering = AnswerAsync(server, $"HTTP/1.1 200 OK\r\n{header}\r\n\r\n{body}");
        var node = new Uri($"http://127.0.0.1:{((IPEndPoint)server.LocalEndpoint).Port}");
        using var connection = await AttackConnection.OpenAsync(node, IPAddress.Loopback, CancellationToken.None);
        Assert.Equal(200, (await connection.ReadHeadAsync(CancellationToken.None))?.Status);
        var lines = new List<string>();
        while (await connection.ReadLineAsync(CancellationToken.None) is { } line) lines.Add(line);
        Assert.Equal(["data: ab", "", "c"], lines);
        await answering;
    }

    // Byte by byte, so that no chunk comes whole.
    private static async Task AnswerAsync(TcpListener server, string answer)
    {
        using var client = await server.AcceptTcpClientAsync();
        client.NoDelay = true;
        foreach (var letter in answer) await client.GetStream().WriteAsync(new[] { (byte)letter });
    }
}
