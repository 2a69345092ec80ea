using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Malten.Testing.Contract;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Malten.Gateway.Tests;

/// <summary>What a client sends that nobody reads is left with it.</summary>
public sealed class ReadAheadTests : GatewayTests
{
    private const int Much = 1024 * 1024;

    [Fact]
    public async Task Behind_a_listener_s_request()
    {
        var host = await GatewayHost.StartAsync([], builder => builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            var bound = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            bound.ReceiveBufferSize = 16 * 1024;
            return bound;
        }));
        var api = Use(new Api(host.Addresses), host);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 16 * 1024 };
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await socket.SendAsync("GET /events?stream=s HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
        await EventuallyAsync(async () => (await api.GetAsync("/presence?stream=s")).Ok().GetProperty("Observers").GetInt32() == 1);
        socket.Blocking = false;
        var (sent, garbage) = (0, new byte[4096]);
        while (sent < Much && socket.Poll(TimeSpan.FromSeconds(0.5), SelectMode.SelectWrite)) sent += socket.Send(garbage);
        Assert.InRange(sent, 4096, Much / 4); // with what the two sockets hold
        (await PostAsync(api, "s", "still heard")).Ok();
        await EventuallyAsync(() => Task.FromResult(Receive(socket).Contains("still heard", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task On_HTTP_2()
    {
        var host = Use(await GatewayHost.StartAsync(["--Kestrel:EndpointDefaults:Protocols=Http2"]));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, Settings, 0, 0, 0, 0, 0]);
        var (forStream, forConnection) = (65_535L, 65_535L); // unless told (RFC 9113, 6.9.2)
        while (await ReadFrameAsync(stream) is var (type, flags, payload) && (type, flags) != (Settings, Ack))
        {
            if (type == WindowUpdate) forConnection += BinaryPrimitives.ReadUInt32BigEndian(payload);
            for (var at = 0; type == Settings && at < payload.Length; at += 6)
                if (BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(at)) == InitialWindowSize)
                    forStream = BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at + 2));
        }

        Assert.InRange(forStream, 1, 64 * 1024);
        Assert.InRange(forConnection, 1, 64 * 1024);
    }

    private const byte Settings = 4;
    private const byte WindowUpdate = 8;
    private const byte Ack = 1;
    private const ushort InitialWindowSize = 4;

    private static async Task<(byte Type, byte Flags, byte[] Payload)> ReadFrameAsync(NetworkStream stream)
    {
        var header = new byte[9];
        await stream.ReadExactlyAsync(header);
        var payload = new byte[(header[0] << 16) | (header[1] << 8) | header[2]];
        await stream.ReadExactlyAsync(payload);
        return (header[3], header[4], payload);
    }

    private static string Receive(Socket socket)
    {
        var bytes = new byte[64 * 1024];
        return socket.Available > 0 ? Encoding.UTF8.GetString(bytes, 0, socket.Receive(bytes)) : "";
    }
}
