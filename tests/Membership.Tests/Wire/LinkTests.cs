using System.Text;
using System.Text.Json;
using Malten.Membership.Protocol;
using Malten.Membership.Seeds;
using Malten.Membership.Wire;
using Malten.Testing;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Wire;

/// <summary>A link, and the seed's end of its connection in the hands of the test.</summary>
public sealed class LinkTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private Channel _seed = null!;
    private Link _link = null!;

    public async ValueTask InitializeAsync()
    {
        var (near, far) = Duplex.Pair();
        var (hello, options) = (Hello.Write(0, SeedList.Parse(["a:1"])), new WireOptions());
        var connecting = Channel.ConnectAsync(near, hello, options, _time, CancellationToken.None);
        _seed = await Channel.AcceptAsync(far, hello, options, _time, CancellationToken.None);
        _link = new Link(await connecting, 10_000);
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        await _seed.DisposeAsync();
    }

    [Fact]
    public async Task Replies_go_to_the_requests_in_their_order()
    {
        var (first, second) = (AskAsync(new Query()), AskAsync(new Prepare(At(2))));
        Assert.Equal("{\"ask\":\"query\"}", await HearAsync());
        Assert.StartsWith("{\"ask\":\"prepare\"", await HearAsync(), StringComparison.Ordinal);
        await ReplyAsync(Grant(State(1, This)));
        await ReplyAsync(Refuse(State(2, This)));
        Assert.Equal((1, true), ((await first)!.State.Seed, (await first)!.Granted));
        Assert.Equal((2, false), ((await second)!.State.Seed, (await second)!.Granted));
        Assert.True(_link.IsOpen);
    }

    [Fact]
    public async Task When_the_seed_closes_all_that_wait_and_all_later_requests_get_no_reply()
    {
        Task<Reply?>[] waiting = [AskAsync(new Query()), AskAsync(new Query())];
        await _seed.DisposeAsync();
        foreach (var one in waiting) Assert.Null(await one);
        Assert.False(_link.IsOpen);
        Assert.Null(await AskAsync(new Query()));
    }

    [Fact]
    public async Task A_request_that_times_out_closes_the_link()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
        var (asking, other) = (_link.AskAsync(new Query(), timeout.Token), AskAsync(new Query()));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await asking);
        Assert.Null(await other);
        Assert.False(_link.IsOpen);
        await HearAsync();
        await HearAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(HearAsync);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("{}")]
    [InlineData("{\"granted\":true,\"state\":null}")]
    public async Task Something_else_than_a_reply_closes_the_link(string message)
    {
        var asking = AskAsync(new Query());
        await _seed.SendAsync(Encoding.UTF8.GetBytes(message), CancellationToken.None);
        Assert.Null(await asking);
        Assert.False(_link.IsOpen);
    }

    [Fact]
    public async Task A_reply_that_is_too_long_closes_the_link()
    {
        var asking = AskAsync(new Query());
        await _seed.SendAsync(new byte[10_001], CancellationToken.None);
        Assert.Null(await asking);
        Assert.False(_link.IsOpen);
    }

    [Fact]
    public async Task A_reply_that_nobody_asked_for_closes_the_link()
    {
        await ReplyAsync(Grant(State(1, This)));
        Assert.False(_link.IsOpen);
    }

    [Fact]
    public async Task Disposing_it_ends_what_waits_and_the_connection()
    {
        var asking = AskAsync(new Query());
        await _link.DisposeAsync();
        Assert.Null(await asking);
        await HearAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(HearAsync);
    }

    private Task<Reply?> AskAsync(Request request) => _link.AskAsync(request, CancellationToken.None);

    private async Task<string> HearAsync() =>
        Encoding.UTF8.GetString(await _seed.ReceiveAsync(10_000, CancellationToken.None));

    private Task ReplyAsync(Reply reply) => _seed.SendAsync(
        JsonSerializer.SerializeToUtf8Bytes(reply, MessageJson.Default.Reply), CancellationToken.None);
}
