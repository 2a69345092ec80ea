using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Malten.Membership.Protocol;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Wire;

/// <summary>A connection to a seed whose end is in the hands of the test.</summary>
[Collection(nameof(Sockets))]
public sealed class SeedConnectionTests : IAsyncDisposable
{
    private static readonly WireOptions Options = new() { HandshakeTimeout = TimeSpan.FromSeconds(30) };
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly WatchedTime _time = new();
    private readonly TestLog _log = new();
    private readonly SeedList _seeds;
    private readonly SeedConnection _connection;
    private Func<CancellationToken, Task<IPAddress[]>> _resolve = _ => Task.FromResult(new[] { IPAddress.Loopback });
    private int _resolved;

    public SeedConnectionTests()
    {
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _seeds = SeedList.Parse([$"seed-a:{port}", $"seed-b:{port}"]);
        _connection = Connect();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _listener.Dispose();
    }

    [Fact]
    public async Task Only_a_reply_of_the_seed_itself_about_as_many_seeds_as_are_listed_counts()
    {
        var (first, second, third) = (AskAsync(), AskAsync(), AskAsync());
        await using var seed = await AcceptAsync();
        await ReplyAsync(seed, State(0, This, 2));
        await ReplyAsync(seed, State(1, This, 3));
        await ReplyAsync(seed, State(1, This, 2));
        var replies = new[] { await first, await second, await third };
        Assert.Equal(1, Assert.Single(replies.OfType<Reply>()).State.Seed);
        Assert.Equal(1, _resolved);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_name_that_cannot_be_resolved_is_resolved_again_at_the_next_request()
    {
        _resolve = _ => throw new SocketException((int)SocketError.HostNotFound);
        Assert.Null(await AskAsync());
        _resolve = _ => Task.FromResult(Array.Empty<IPAddress>());
        Assert.Null(await AskAsync());
        Assert.Equal(2, _resolved);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_connection_that_was_closed_is_opened_again()
    {
        var asking = AskAsync();
        await (await AcceptAsync()).DisposeAsync();
        Assert.Null(await asking);
        asking = AskAsync();
        await using var seed = await AcceptAsync();
        await ReplyAsync(seed, State(1, This, 2));
        Assert.NotNull(await asking);
        Assert.Equal(2, _resolved);
    }

    [Fact]
    public async Task Connecting_takes_no_longer_than_the_handshake_may()
    {
        _resolve = async cancel =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            return [];
        };
        var asking = AskAsync();
        await _time.SetAsync(Options.HandshakeTimeout);
        _time.Advance(Options.HandshakeTimeout - TimeSpan.FromTicks(1));
        Assert.False(asking.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(await asking);
    }

    [Fact]
    public async Task A_request_that_times_out_leaves_the_connection_to_the_next()
    {
        var resolving = new TaskCompletionSource<IPAddress[]>();
        _resolve = _ => resolving.Task;
        using var timeout = new CancellationTokenSource();
        var asking = _connection.AskAsync(new Query(), timeout.Token);
        await timeout.CancelAsync();
        Assert.Null(await asking);

        var next = AskAsync();
        resolving.SetResult([IPAddress.Loopback]);
        await using var seed = await AcceptAsync();
        await ReplyAsync(seed, State(1, This, 2));
        Assert.NotNull(await next);
        Assert.Equal(1, _resolved);
    }

    [Fact]
    public async Task A_seed_that_hangs_up_during_the_handshake_is_logged()
    {
        var asking = AskAsync();
        using (var socket = await _listener.AcceptSocketAsync()) await socket.ReceiveAsync(new byte[73]);
        Assert.Null(await asking);
        Assert.StartsWith($"Cannot use seed {_seeds.Addresses[1]}: ", await _log.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_connection_connects_no_more()
    {
        var connection = Connect();
        await connection.DisposeAsync();
        Assert.Null(await connection.AskAsync(new Query(), CancellationToken.None));
        Assert.Equal(0, _resolved);
    }

    private SeedConnection Connect() =>
        new(1, _seeds, 10_000, Options, ResolveAsync, _time, new Refusals(_log, _time));

    private Task<Reply?> AskAsync() => _connection.AskAsync(new Query(), CancellationToken.None);

    private Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        Assert.Equal("seed-b", host);
        _resolved++;
        return _resolve(cancel);
    }

    private async Task<Channel> AcceptAsync()
    {
        var socket = await _listener.AcceptSocketAsync();
        return await Channel.AcceptAsync(
            new NetworkStream(socket, ownsSocket: true), Hello.Write(1, _seeds), Options, TimeProvider.System,
            CancellationToken.None);
    }

    private static async Task ReplyAsync(Channel seed, AcceptorState state)
    {
        await seed.ReceiveAsync(10_000, CancellationToken.None);
        var reply = JsonSerializer.SerializeToUtf8Bytes(Grant(state), MessageJson.Default.Reply);
        await seed.SendAsync(reply, CancellationToken.None);
    }
}
