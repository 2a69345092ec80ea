using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Malten.Membership.Protocol;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Wire;

/// <summary>A seed's port, its clock in the hands of the test.</summary>
[Collection(nameof(Sockets))]
public sealed class RegisterServerTests : IAsyncDisposable
{
    private const string Generation = """{"number":1,"id":"01000000-0000-0000-0000-000000000000"}""";
    private const string Ballot = """{"number":1,"proposer":"01000000-0000-0000-0000-000000000000"}""";
    private const string NoWrites = """{"version":1,"writes":null,"value":null}""";
    private static readonly SeedList Seeds = SeedList.Parse(["a:1"]);
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);
    private static readonly WireOptions Options = new()
    {
        MaxConnections = 2,
        MaxHandshakes = 1,
        RequestsPerSecond = 2,
        HandshakeTimeout = TimeSpan.FromSeconds(30),
        FrameTimeout = TimeSpan.FromSeconds(40),
        IdleTimeout = TimeSpan.FromSeconds(50),
    };

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly WatchedTime _time = new();
    private readonly TestLog _log = new();
    private readonly Acceptor _acceptor = Founded(1)[0];
    private readonly RegisterServer _server;

    public RegisterServerTests() => _server = Listen(AnyPort);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task It_answers_the_requests_of_a_connection_in_their_order()
    {
        await using var peer = await JoinAsync();
        await SendAsync(peer, new Prepare(At(3)));
        await SendAsync(peer, new Prepare(At(2)));
        Assert.True((await ReceiveAsync(peer)).Granted);
        Assert.False((await ReceiveAsync(peer)).Granted);
    }

    [Fact]
    public async Task Requests_above_the_rate_are_handled_a_second_later()
    {
        await using var peer = await JoinAsync();
        for (var number = 1; number <= 3; number++) await SendAsync(peer, new Prepare(At(number)));
        await ReceiveAsync(peer);
        await ReceiveAsync(peer);
        await _time.SetAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(At(2), _acceptor.State.Promise);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(At(3), (await ReceiveAsync(peer)).State.Promise);
    }

    [Fact]
    public async Task A_connection_above_the_limit_is_closed_until_another_ends()
    {
        await using var first = await JoinAsync();
        await SendAsync(first, new Query());
        await ReceiveAsync(first); // now the server too has ended the handshake, of which there may be one at a time
        var second = await JoinAsync();
        Assert.True(await IsClosedAsync(await ConnectAsync()));
        Assert.Contains(": too many connections.", await _log.NextAsync(), StringComparison.Ordinal);
        await second.DisposeAsync();
        await using var third = await JoinSoonAsync();
        await SendAsync(first, new Query());
        Assert.True((await ReceiveAsync(first)).Granted);
    }

    [Fact]
    public async Task A_handshake_above_the_limit_is_closed_until_another_ends_or_takes_too_long()
    {
        using var silent = await ConnectAsync();
        await _time.SetAsync(Options.HandshakeTimeout);
        Assert.True(await IsClosedAsync(await ConnectAsync()));
        _time.Advance(Options.HandshakeTimeout);
        Assert.True(await IsClosedAsync(silent));
        await using var next = await JoinSoonAsync();
        await using var another = await JoinSoonAsync();
    }

    [Fact]
    public async Task A_connection_without_requests_is_closed_after_the_idle_timeout()
    {
        using var client = await ConnectAsync();
        await using var peer = await ShakeHandsAsync(client);
        await _time.SetAsync(Options.IdleTimeout);
        await _time.SetAsync(Options.IdleTimeout);
        _time.Advance(Options.IdleTimeout);
        Assert.True(await IsClosedAsync(client));
    }

    [Theory]
    [InlineData("null", "its message is not a request")]
    [InlineData("no JSON", "")]
    [InlineData("""{"ask":"steal"}""", "")]
    [InlineData($$"""{"ask":"found","generation":{{Generation}},"founders":null}""", "")]
    [InlineData($$"""{"ask":"accept","generation":{{Generation}},"ballot":{{Ballot}},"entry":{{NoWrites}}}""", "")]
    public async Task Something_else_than_a_request_ends_the_connection_and_is_logged(string message, string reason)
    {
        using var client = await ConnectAsync();
        await using var peer = await ShakeHandsAsync(client);
        await peer.SendAsync(Encoding.UTF8.GetBytes(message), CancellationToken.None);
        Assert.True(await IsClosedAsync(client));
        var port = ((IPEndPoint)client.Client.LocalEndPoint!).Port;
        var expected = $"Refused 127.0.0.1:{port} on the register's port: {reason}";
        Assert.StartsWith(expected, await _log.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_as_long_as_the_limit_is_read_and_a_longer_one_is_not()
    {
        var longest = Encoding.UTF8.GetBytes("{\"ask\":\"query\"}".PadRight(1000));
        using var client = await ConnectAsync();
        await using var peer = await ShakeHandsAsync(client);
        await peer.SendAsync(longest, CancellationToken.None);
        Assert.True((await ReceiveAsync(peer)).Granted);
        await peer.SendAsync(new byte[longest.Length + 1], CancellationToken.None);
        Assert.True(await IsClosedAsync(client));
        Assert.Contains("1001 bytes, and at most 1000", await _log.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_leaves_is_not_logged()
    {
        await (await JoinAsync()).DisposeAsync();
        await (await JoinSoonAsync()).DisposeAsync();
        await using var last = await JoinSoonAsync();
        Assert.DoesNotContain(_log.Lines, line => !line.Contains("too many", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stopping_closes_the_port_and_every_connection()
    {
        var server = Listen(AnyPort);
        var at = server.LocalEndPoint;
        Assert.Throws<SocketException>(() => Listen(at));
        using var client = new TcpClient();
        await client.ConnectAsync(at);
        await using var peer = await ShakeHandsAsync(client);
        await server.DisposeAsync();
        Assert.True(await IsClosedAsync(client));
        await using var again = Listen(at);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task It_listens_on_every_address(string any)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
        await using var server = Listen(new IPEndPoint(IPAddress.Parse(any), 0));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.LocalEndPoint.Port);
        await using var peer = await ShakeHandsAsync(client);
    }

    private RegisterServer Listen(IPEndPoint at) =>
        new(at, _acceptor, Seeds, 1000, Options, _time, new Refusals(_log, _time));

    private async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(_server.LocalEndPoint);
        return client;
    }

    private async Task<Channel> JoinAsync() => await ShakeHandsAsync(await ConnectAsync());

    // Joins once the server has noticed that a peer left.
    private async Task<Channel> JoinSoonAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await JoinAsync();
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Yield();
            }
        }
    }

    private static Task<Channel> ShakeHandsAsync(TcpClient client) => Channel.ConnectAsync(
        client.GetStream(), Hello.Write(0, Seeds), Options, TimeProvider.System, CancellationToken.None);

    private static Task SendAsync(Channel peer, Request request) => peer.SendAsync(
        JsonSerializer.SerializeToUtf8Bytes(request, MessageJson.Default.Request), CancellationToken.None);

    private static async Task<Reply> ReceiveAsync(Channel peer) => JsonSerializer.Deserialize(
        await peer.ReceiveAsync(100_000, CancellationToken.None), MessageJson.Default.Reply)!;

    private static async Task<bool> IsClosedAsync(TcpClient client)
    {
        var buffer = new byte[1000];
        try
        {
            while (await client.GetStream().ReadAsync(buffer).AsTask().WaitAsync(Patience) > 0)
            {
                // What the seed sent before it closed.
            }
        }
        catch (IOException)
        {
            // The connection was reset rather than closed.
        }

        return true;
    }
}
