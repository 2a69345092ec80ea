using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Malten.Membership.Registers;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using Malten.Testing;
using Malten.Testing.Nodes;

namespace Malten.Membership.Tests.Wire;

/// <summary>Connections that a seed must refuse, and a register that keeps serving regardless.</summary>
[Collection(nameof(Sockets))]
public sealed class HostilePeerTests : IAsyncDisposable
{
    private const int Hello = 73;
    private const int Proof = 36;

    private static readonly WireOptions Wire = new()
    {
        Secret = "a secret of more than sixteen bytes"u8.ToArray(),
        MaxConnections = 6,
        MaxHandshakes = 3,
        HandshakeTimeout = TimeSpan.FromSeconds(60), // no honest peer is late, however slow this machine is
        FrameTimeout = TimeSpan.FromSeconds(60),
    };

    private TestCluster _cluster = new TestCluster(1) { Wire = Wire }.StartAll();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_client_with_another_secret_or_none_is_refused()
    {
        var quick = _cluster.Options() with { Register = Quick };
        var wrong = new WireOptions { Secret = new byte[] { 1, 2, 3 } };
        await using var other = new RegisterNode(quick with { Wire = wrong });
        await using var none = new RegisterNode(quick with { Wire = new WireOptions() });
        Assert.Equal(RegisterOutcome.NoQuorum, (await other.Register.ChangeAsync(_ => [1])).Outcome);
        Assert.Equal(RegisterOutcome.NoQuorum, (await none.Register.ReadAsync()).Outcome);
        await StillServesAsync();
        Assert.Null(await _cluster[0].Register.ReadTextAsync());
    }

    [Fact]
    public async Task A_client_with_another_secret_logs_that()
    {
        var log = new TestLog();
        var wrong = new WireOptions { Secret = new byte[] { 1, 2, 3 } };
        var options = _cluster.Options() with { Register = Quick, Wire = wrong };
        await using var other = new RegisterNode(options, log.Factory);
        await Eventually.IsSoAsync(async () =>
        {
            await other.Register.ReadAsync();
            return log.Lines.Any(line => line.Contains("another secret", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task A_seed_with_another_secret_is_not_trusted()
    {
        await using var honest = new TestCluster(1) { Wire = new WireOptions { Secret = new byte[] { 9 } } }.StartAll();
        var quick = honest.Options() with { Register = Quick };
        await using var client = new RegisterNode(quick with { Wire = _cluster.Wire });
        Assert.Equal(RegisterOutcome.NoQuorum, (await client.Register.ReadAsync()).Outcome);
    }

    [Fact]
    public async Task Another_list_of_seeds_is_refused()
    {
        var seed = _cluster.Seeds.Addresses[0].ToString();
        var options = _cluster.Options() with
        {
            Seeds = SeedList.Parse([seed, "127.0.0.1:1", "127.0.0.1:2"]),
            Register = Quick,
        };
        await using var client = new RegisterNode(options);
        Assert.Equal(RegisterOutcome.NoQuorum, (await client.Register.ReadAsync()).Outcome);
        await StillServesAsync();
    }

    [Fact]
    public async Task Two_names_of_one_seed_do_not_make_a_majority()
    {
        var port = FreePorts.Find(1, 1)[0];
        var options = new RegisterNodeOptions
        {
            Seeds = SeedList.Parse([$"127.0.0.1:{port}", $"localhost:{port}"]),
            Listen = new IPEndPoint(IPAddress.Loopback, port),
            Register = new RegisterOptions { Timeout = TimeSpan.FromMilliseconds(300) },
        };
        await using var node = new RegisterNode(options with { Self = options.Seeds.Addresses[0] });
        Assert.Equal(RegisterOutcome.NoQuorum, (await node.Register.ReadAsync()).Outcome);
        Assert.Null(node.Held);
        await Assert.ThrowsAsync<InvalidOperationException>(() => options.Seeds.FindSelfAsync(port));
    }

    [Fact]
    public async Task A_replayed_message_is_rejected()
    {
        // A proxy between a client and the seed records both sides, and sends the last message twice.
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        var port = ((IPEndPoint)proxy.LocalEndpoint).Port;
        var (heard, answered) = (new MemoryStream(), new MemoryStream());
        var carrying = Task.Run(async () =>
        {
            using var inner = await proxy.AcceptTcpClientAsync();
            using var outer = await ConnectAsync();
            var back = CarryAsync(outer, inner, answered);
            var last = await CarryAsync(inner, outer, heard);
            var before = answered.Length;
            await outer.GetStream().WriteAsync(last);
            await back;
            return (before, after: answered.Length);
        });
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            await using var channel = await Channel.ConnectAsync(
                client.GetStream(), Greeting(), _cluster.Wire, TimeProvider.System, CancellationToken.None);
            await channel.SendAsync("{\"ask\":\"query\"}"u8.ToArray(), CancellationToken.None);
            Assert.NotEmpty(await channel.ReceiveAsync(100_000, CancellationToken.None));
        }

        var (before, after) = await carrying;
        Assert.True(heard.Length > Hello + Proof && before > Hello + Proof);
        Assert.Equal(before, after);

        using var replay = await ConnectAsync();
        await replay.GetStream().WriteAsync(heard.ToArray());
        // The seed answers the hello with a new nonce, and disconnects at the first frame signed for the old one.
        Assert.Equal(Hello, (await ReadToEndAsync(replay)).Length);
        await StillServesAsync();
    }

    [Fact]
    public async Task Garbage_gets_no_answer()
    {
        using var peer = await ConnectAsync();
        var garbage = "GET / HTTP/1.1\r\nHost: malten.example\r\nAccept: text/html,*/*;q=0.8\r\n"
            + "Accept-Language: de,en\r\n\r\n";
        await peer.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(garbage));
        Assert.Empty(await ReadToEndAsync(peer));
        await StillServesAsync();
    }

    [Fact]
    public async Task A_peer_that_is_slow_or_silent_or_leaves_during_the_handshake_is_disconnected()
    {
        await BeImpatientAsync();
        using var silent = await ConnectAsync();
        using var slow = await ConnectAsync();
        await slow.GetStream().WriteAsync("MALTENR1"u8.ToArray());
        using (var gone = await ConnectAsync()) await gone.GetStream().WriteAsync("MAL"u8.ToArray());
        Assert.Empty(await ReadToEndAsync(silent));
        Assert.Empty(await ReadToEndAsync(slow));
        await StillServesAsync();
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task A_message_before_the_proof_of_the_secret_is_not_read(int length)
    {
        using var peer = await ConnectAsync();
        var stream = peer.GetStream();
        await stream.WriteAsync(Greeting());
        var frame = new byte[64];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        await stream.WriteAsync(frame);
        Assert.Equal(Hello, (await ReadToEndAsync(peer)).Length);
        await StillServesAsync();
    }

    [Fact]
    public async Task Malformed_and_oversized_messages_of_a_peer_end_only_its_own_connection()
    {
        await IsDisconnectedAfterAsync("no JSON"u8.ToArray());
        await IsDisconnectedAfterAsync("{}"u8.ToArray());
        await IsDisconnectedAfterAsync("{\"ask\":\"steal\"}"u8.ToArray());
        await IsDisconnectedAfterAsync("{\"ask\":\"accept\"}"u8.ToArray());
        await IsDisconnectedAfterAsync("{\"ask\":\"recover\",\"seed\":null,\"incarnation\":null}"u8.ToArray());
        await IsDisconnectedAfterAsync(new byte[2_000_000]);
        await StillServesAsync();
    }

    [Fact]
    public async Task Handshakes_above_the_limit_are_closed()
    {
        var crowd = new List<TcpClient>();
        for (var i = 0; i < 20; i++) crowd.Add(await ConnectAsync());
        var ends = crowd.ConvertAll(ReadToEndAsync); // the first three have a minute
        await Eventually.IsSoAsync(() => ends.Count(end => end is { IsCompletedSuccessfully: true, Result.Length: 0 }) == 20 - Wire.MaxHandshakes);
        crowd.ForEach(one => one.Dispose());
        await StillServesAsync();
    }

    [Fact]
    public async Task Connections_above_the_limit_are_closed()
    {
        var clients = Enumerable.Range(0, 6).Select(_ => _cluster.Client()).ToList();
        foreach (var client in clients) Assert.True((await client.Register.ReadAsync()).Succeeded);
        var quick = _cluster.Options() with { Register = Quick };
        await using var seventh = new RegisterNode(quick);
        Assert.Equal(RegisterOutcome.NoQuorum, (await seventh.Register.ReadAsync()).Outcome);
        foreach (var client in clients) await client.DisposeAsync();
        Assert.Null(await seventh.Register.ReadSoonAsync());
    }

    private static RegisterOptions Quick { get; } = new() { Timeout = TimeSpan.FromMilliseconds(200) };

    /// <summary>Waits for nobody for long.</summary>
    private async Task BeImpatientAsync()
    {
        await _cluster.DisposeAsync();
        var moment = TimeSpan.FromMilliseconds(300);
        _cluster = new TestCluster(1) { Wire = Wire with { HandshakeTimeout = moment, FrameTimeout = moment } }.StartAll();
    }

    private byte[] Greeting() => Malten.Membership.Wire.Hello.Write(0, _cluster.Seeds);

    private async Task IsDisconnectedAfterAsync(byte[] message)
    {
        using var peer = await ConnectAsync();
        await using var channel = await Channel.ConnectAsync(
            peer.GetStream(), Greeting(), _cluster.Wire, TimeProvider.System, CancellationToken.None);
        // A seed that closes with bytes unread resets the connection. Either call may notice.
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await channel.SendAsync(message, CancellationToken.None);
            await channel.ReceiveAsync(1000, CancellationToken.None);
        });
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _cluster.Seeds.Addresses[0].Port);
        return client;
    }

    private static async Task<byte[]> CarryAsync(TcpClient from, TcpClient to, MemoryStream record)
    {
        var (buffer, last) = (new byte[4096], Array.Empty<byte>());
        try
        {
            for (int read; (read = await from.GetStream().ReadAsync(buffer)) > 0;)
            {
                last = buffer[..read];
                record.Write(last);
                await to.GetStream().WriteAsync(last);
            }
        }
        catch (IOException)
        {
            // One of the two has disconnected.
        }

        return last;
    }

    private static async Task<byte[]> ReadToEndAsync(TcpClient client)
    {
        var all = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(all).WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (IOException)
        {
            // The connection was reset rather than closed.
        }

        return all.ToArray();
    }

    private async Task StillServesAsync()
    {
        await using var client = _cluster.Client();
        await client.Register.ReadSoonAsync();
    }
}
