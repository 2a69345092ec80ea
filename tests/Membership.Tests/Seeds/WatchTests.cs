using Malten.Membership.Protocol;
using Malten.Membership.Seeds;
using Malten.Membership.Tests.Protocol;
using Malten.Testing;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Seeds;

/// <summary>One seed in a generation, and what the others reply to its checks.</summary>
public class WatchTests
{
    private readonly FakeTime _time = new();
    private readonly TestLog _log = new();
    private readonly Acceptor _me = Founded()[0];
    private readonly AcceptorState?[] _others = [null, State(1, This), State(2, This)];
    private readonly Watch _watch;

    public WatchTests()
    {
        var transport = new ScriptedTransport((seed, request) =>
        {
            Assert.NotEqual(0, seed);
            Assert.IsType<Query>(request);
            return ScriptedTransport.Now(_others[seed] is { } state ? Grant(state) : null);
        });
        var quorums = Quorums.Of(3);
        var peers = new Peers(quorums, transport, TimeSpan.FromMilliseconds(500), _time);
        _watch = new Watch(_me, quorums, peers, _log);
    }

    [Fact]
    public async Task All_is_well_while_a_majority_is_in_the_generation()
    {
        await WellAsync();
        _others[1] = null;
        await WellAsync();
        _others[2] = State(2, Other);
        await WellAsync();
        await WellAsync();
    }

    [Fact]
    public async Task It_leaves_when_others_know_a_later_incarnation_of_it()
    {
        _others[2] = State(2, This) with { Known = [Life(2), default, default] };
        await ForgetsAsync("a later incarnation of this seed has begun");
    }

    [Fact]
    public async Task It_stays_when_others_know_its_own_incarnation_or_a_later_one_in_another_generation()
    {
        _others[1] = State(1, This) with { Known = [_me.State.Incarnation, default, default] };
        _others[2] = State(2, Other) with { Known = [Life(9), default, default] };
        await WellAsync();
    }

    [Fact]
    public async Task It_leaves_when_the_same_incarnations_of_a_majority_were_outside_at_two_checks()
    {
        await WellAsync();
        (_others[1], _others[2]) = (State(1, null), State(2, Other));
        await UneasyAsync();
        await ForgetsAsync("a majority no longer holds it");
    }

    [Fact]
    public async Task It_stays_when_other_incarnations_were_outside_at_the_second_check()
    {
        await WellAsync();
        (_others[1], _others[2]) = (State(1, null), State(2, null));
        await UneasyAsync();
        _others[2] = _others[2]! with { Incarnation = Life(1, 99) };
        await UneasyAsync();
        await ForgetsAsync("a majority no longer holds it");
    }

    [Fact]
    public async Task It_leaves_a_generation_that_no_majority_joined_after_three_checks()
    {
        (_others[1], _others[2]) = (State(1, Other), null);
        await UneasyAsync();
        await UneasyAsync();
        await ForgetsAsync("no majority ever joined it");
    }

    [Fact]
    public async Task A_check_that_reaches_no_majority_starts_the_count_again()
    {
        (_others[1], _others[2]) = (State(1, Other), null);
        await UneasyAsync();
        await UneasyAsync();
        (var heard, _others[1]) = (_others[1], null);
        await UneasyAsync();
        _others[1] = heard;
        await UneasyAsync();
        await UneasyAsync();
        await ForgetsAsync("no majority ever joined it");
    }

    [Fact]
    public async Task It_stays_in_a_generation_in_which_it_accepted_an_entry()
    {
        _me.Handle(new Accept(This, At(1), Entry.Empty));
        (_others[1], _others[2]) = (State(1, Other), null);
        for (var checks = 0; checks < 5; checks++) await WellAsync();
    }

    [Fact]
    public async Task A_new_incarnation_is_judged_by_its_own_checks()
    {
        (_others[1], _others[2]) = (State(1, Other), null);
        await UneasyAsync();
        await UneasyAsync();
        Rejoin();
        await UneasyAsync();
        await UneasyAsync();
        await ForgetsAsync("no majority ever joined it");
    }

    [Fact]
    public async Task A_majority_in_an_earlier_incarnation_does_not_hold_for_the_next()
    {
        await WellAsync();
        (_others[1], _others[2]) = (State(1, null), State(2, null));
        await UneasyAsync();
        Rejoin();
        await UneasyAsync();
        await ForgetsAsync("a majority no longer holds it");
        Rejoin();
        (_others[1], _others[2]) = (State(1, Other), null);
        await UneasyAsync();
    }

    private void Rejoin()
    {
        _me.Forget(_me.State.Incarnation);
        Assert.True(_me.Handle(new FoundGeneration(This, [_me.State.Incarnation, default, default])).Granted);
    }

    private async Task WellAsync()
    {
        Assert.True(await _watch.CheckAsync(CancellationToken.None));
        Assert.Equal(This, _me.State.Generation);
    }

    private async Task UneasyAsync()
    {
        Assert.False(await _watch.CheckAsync(CancellationToken.None));
        Assert.Equal(This, _me.State.Generation);
    }

    private async Task ForgetsAsync(string reason)
    {
        Assert.False(await _watch.CheckAsync(CancellationToken.None));
        Assert.Null(_me.State.Generation);
        Assert.Equal(
            $"Seed 0 leaves generation {This} and discards its memory: {reason}. It recovers from the others.",
            _log.Lines.Last());
    }
}
