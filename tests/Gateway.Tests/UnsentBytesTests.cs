using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Malten.Gateway.Answers;
using Microsoft.Extensions.DependencyInjection;

namespace Malten.Gateway.Tests;

/// <summary>What a client does not read costs the system little more than the server.</summary>
public sealed class UnsentBytesTests : GatewayTests
{
    private const int Most = 64 * 1024; // what it takes before it asks for no more, and the piece that comes last

    public UnsentBytesTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have no such limit.");

    [Fact]
    public async Task The_system_holds_little_of_a_long_page_that_nobody_reads()
    {
        var (host, api) = await StartAsync();
        for (var i = 0; i < 60; i++) (await PostAsync(api, "s", string.Concat(Enumerable.Repeat("\U0001F600", 1024)))).Ok();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await socket.SendAsync("GET /messages?stream=s&limit=1024 HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        var (untaken, held) = (host.Services.GetRequiredService<UntakenAnswers>(), 0L);
        await EventuallyAsync(() =>
        {
            var before = held;
            held = Held(host.Address.Port, socket);
            return Task.FromResult(untaken.Bytes > 0 && held > 0 && held == before);
        });
        Assert.InRange(held, 1, Most);
        var (got, buffer) = (0L, new byte[64 * 1024]);
        while (got < 60 * 12 * 1024) // and when it does read, it gets all
        {
            var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            Assert.NotEqual(0, received);
            got += received;
        }
    }

    /// <summary>How many bytes the system holds that a server has sent to a client and it has not taken (proc(5), /proc/net/tcp).</summary>
    private static long Held(int server, Socket client)
    {
        var own = ((IPEndPoint)client.LocalEndPoint!).Port;
        var line = File.ReadLines("/proc/net/tcp").Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(
            fields => fields[1].EndsWith($":{server:X4}", StringComparison.Ordinal) && fields[2].EndsWith($":{own:X4}", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[4].Split(':')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
