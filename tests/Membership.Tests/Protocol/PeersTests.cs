using Malten.Membership.Protocol;
using Malten.Testing;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Protocol;

public class PeersTests
{
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromMilliseconds(500);
    private readonly FakeTime _time = new();

    [Fact]
    public async Task It_returns_as_soon_as_the_replies_are_enough()
    {
        var asking = AskAsync(seed => seed < 2 ? ScriptedTransport.Now(Refuse(State(seed, null))) : null, count: 2);
        Assert.True(asking.IsCompleted);
        Assert.Equal([0, 1], (await asking).Select(reply => reply.State.Seed));
    }

    [Fact]
    public async Task It_returns_when_every_seed_has_answered_or_timed_out()
    {
        var asking = AskAsync(seed => seed == 1 ? null : ScriptedTransport.Now(Refuse(State(seed, null))));
        _time.Advance(RequestTimeout - TimeSpan.FromTicks(1));
        Assert.False(asking.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal([0, 2], (await asking).Select(reply => reply.State.Seed));
    }

    [Fact]
    public async Task It_asks_only_the_given_seeds_and_none_if_there_are_none()
    {
        var transport = new ScriptedTransport((seed, _) => ScriptedTransport.Now(Grant(State(seed, This))));
        var peers = new Peers(Quorums.Of(3), transport, RequestTimeout, _time);
        Assert.Equal([0, 1, 2], peers.All);
        Assert.Single(await peers.AskAsync([2], new Query(), _ => false, CancellationToken.None));
        Assert.Equal((2, new Query()), Assert.Single(transport.Sent));
        Assert.Empty(await peers.AskAsync([], new Query(), _ => true, CancellationToken.None));
        Assert.Single(transport.Sent);
    }

    [Fact]
    public async Task A_seed_that_cannot_be_reached_adds_no_reply_and_is_not_waited_for()
    {
        var asked = 0;
        var replies = await AskAsync(_ => ScriptedTransport.Now(null), enough: _ => ++asked > 0);
        Assert.Empty(replies);
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task A_late_reply_is_dropped()
    {
        var late = new TaskCompletionSource<Reply?>();
        var calls = 0;
        var replies = await AskAsync(
            seed => seed == 2 ? late.Task : ScriptedTransport.Now(Grant(State(seed, This))),
            enough: heard => ++calls == 2);
        late.SetResult(Grant(State(2, This)));
        Assert.Equal((2, 2), (replies.Count, calls));
    }

    [Fact]
    public async Task It_stops_waiting_when_it_is_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var asking = AskAsync(_ => null, stop: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task A_seed_calls_itself_directly_and_the_others_by_their_transport()
    {
        var seeds = Founded();
        var others = ScriptedTransport.To(seeds);
        var transport = new SelfTransport(seeds[1], 1, others);
        for (var seed = 0; seed < 3; seed++)
        {
            var reply = await transport.SendAsync(seed, new Query(), CancellationToken.None);
            Assert.Equal(seed, reply!.State.Seed);
        }

        Assert.Equal([0, 2], others.Sent.Select(sent => sent.Seed));
        Assert.Null(await NoTransport.Instance.SendAsync(1, new Query(), CancellationToken.None));
    }

    private Task<List<Reply>> AskAsync(
        Func<int, Task<Reply?>?> answer,
        int count = int.MaxValue,
        Func<List<Reply>, bool>? enough = null,
        CancellationToken stop = default)
    {
        var transport = new ScriptedTransport((seed, _) => answer(seed));
        var peers = new Peers(Quorums.Of(3), transport, RequestTimeout, _time);
        return peers.AskAsync(peers.All, new Query(), enough ?? (heard => heard.Count == count), stop);
    }
}
