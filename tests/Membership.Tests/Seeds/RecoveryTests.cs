using Malten.Membership.Protocol;
using Malten.Membership.Seeds;
using Malten.Membership.Tests.Protocol;
using Malten.Testing;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Seeds;

/// <summary>One seed without memory, and what the others reply to it.</summary>
public class RecoveryTests
{
    private static readonly Entry Seven = Entry.Empty.Append(Id(7), [7]);
    private readonly FakeTime _time = new();
    private readonly TestLog _log = new();
    private readonly List<Request> _sent = [];

    [Fact]
    public async Task It_restores_the_memory_from_enough_of_the_others()
    {
        var me = Fresh(0);
        var recovery = Of(me, seed => Grant(State(seed, This) with { Accepted = At(seed), Entry = Seven }));
        Assert.True(await recovery.TryAsync(CancellationToken.None));
        Assert.Equal((This, At(2), Seven), (me.State.Generation, me.State.Accepted, me.State.Entry));
        Assert.Equal(new Recover(0, Life(1, 10)), Assert.Single(_sent.Distinct()));
        Assert.Equal($"Seed 0 has recovered generation {This}.", Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task It_does_not_wait_for_more_seeds_than_it_needs()
    {
        var trying = Of(Fresh(0, 4), seed => seed < 3 ? Grant(State(seed, This, 4)) : null, 4)
            .TryAsync(CancellationToken.None);
        Assert.True(trying.IsCompleted && await trying);
    }

    [Fact]
    public async Task A_memory_that_came_back_in_another_way_is_left_as_it_is()
    {
        var me = Fresh(0);
        var recovery = Of(me, seed =>
        {
            me.Handle(new FoundGeneration(Other, [me.State.Incarnation, default, default]));
            return Grant(State(seed, This));
        });
        Assert.True(await recovery.TryAsync(CancellationToken.None));
        Assert.Equal(Other, me.State.Generation);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task It_raises_its_incarnation_above_a_later_one_that_others_know_and_tries_again()
    {
        var me = Fresh(0);
        var recovery = Of(me, seed => Refuse(State(seed, This) with { Known = [Life(4 + seed), default, default] }));
        Assert.False(await recovery.TryAsync(CancellationToken.None));
        Assert.Equal(Life(7, 10), me.State.Incarnation);
        Assert.Null(me.State.Generation);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task It_waits_while_too_few_are_without_memory_and_too_few_can_restore_it()
    {
        var recovery = Of(Fresh(0), seed => seed == 1 ? Grant(State(1, This)) : null);
        Assert.False(await TryAsync(recovery));
        Assert.Equal(
            "Seed 0 has no memory and waits: 1 seeds have none, the others hold 1 generations.",
            Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task The_first_seed_without_memory_founds_a_generation_with_those_it_heard()
    {
        var (me, other) = (Fresh(0), Fresh(2));
        var asked = _time.GetUtcNow();
        Assert.True(await TryAsync(Of(me, seed => seed == 2 ? other.Handle(_sent[^1]) : null)));
        // It waited for the silent seed before it founded the generation.
        Assert.Equal(asked.ToUnixTimeMilliseconds() + 500, me.State.Generation!.Value.Number);
        Assert.Equal(me.State.Generation, other.State.Generation);
        Assert.Equal([Life(1, 10), default, Life(1, 12)], me.State.Known);
        Assert.Equal(
            $"Seed 0 founded generation {me.State.Generation}, because a majority of the seeds had no memory, as at a "
            + "first start. Earlier generations that a seed still held and that are lost now: 0.",
            Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task A_new_generation_has_a_higher_number_than_any_that_others_hold()
    {
        var held = new Generation(long.MaxValue / 2, Id(9));
        var me = Fresh(0, 5);
        var recovery = Of(me, seed => seed == 4 ? Refuse(State(4, held, 5)) : Forgotten(seed), 5);
        Assert.True(await TryAsync(recovery));
        Assert.Equal(held.Number + 1, me.State.Generation!.Value.Number);
        Assert.EndsWith("lost now: 1.", Assert.Single(_log.Lines), StringComparison.Ordinal);

        Reply Forgotten(int seed) => new(_sent[^1] is FoundGeneration, State(seed, null, 5));
    }

    [Fact]
    public async Task Each_later_seed_in_the_list_waits_one_more_round_for_the_earlier_ones()
    {
        var me = Fresh(2);
        var recovery = Of(me, seed => new Reply(_sent[^1] is FoundGeneration, State(seed, null)));
        Assert.False(await TryAsync(recovery));
        Assert.False(await TryAsync(recovery));
        Assert.True(await TryAsync(recovery));
        Assert.Equal(2 * 3, _sent.OfType<Recover>().Count());
    }

    [Fact]
    public async Task Only_seeds_without_memory_have_precedence()
    {
        var me = Fresh(1);
        var recovery = Of(me, seed => seed == 2 ? new Reply(_sent[^1] is FoundGeneration, State(2, null)) : null);
        Assert.True(await TryAsync(recovery));
    }

    [Fact]
    public async Task Rounds_in_which_others_had_memory_do_not_count_as_waiting()
    {
        Generation? held = null;
        var recovery = Of(Fresh(1), seed => seed == 0 ? new Reply(_sent[^1] is FoundGeneration, State(0, held)) : null);
        Assert.False(await TryAsync(recovery));
        held = This;
        Assert.False(await TryAsync(recovery));
        held = null;
        Assert.False(await TryAsync(recovery));
        Assert.True(await TryAsync(recovery));
    }

    [Fact]
    public async Task Without_the_votes_of_a_majority_nothing_is_founded_and_the_rounds_start_again()
    {
        var me = Fresh(1);
        var agree = false;
        var recovery = Of(me, seed =>
            seed == 0 ? new Reply(agree && _sent[^1] is FoundGeneration, State(0, null)) : null);
        Assert.False(await TryAsync(recovery));
        Assert.False(await TryAsync(recovery));
        Assert.Single(_sent.OfType<FoundGeneration>());
        Assert.Null(me.State.Generation);

        agree = true;
        Assert.False(await TryAsync(recovery));
        Assert.True(await TryAsync(recovery));
    }

    [Fact]
    public async Task A_seed_that_took_part_before_the_votes_came_does_not_join_the_generation_it_wanted_to_found()
    {
        var me = Fresh(0);
        var recovery = Of(me, seed =>
        {
            if (_sent[^1] is not FoundGeneration) return Refuse(State(seed, null));
            me.Handle(new FoundGeneration(Other, [me.State.Incarnation, default, default]));
            return Grant(State(seed, null));
        });
        Assert.False(await TryAsync(recovery));
        Assert.Equal(Other, me.State.Generation);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Founding_needs_no_more_votes_than_a_majority()
    {
        var recovery = Of(Fresh(0), seed => _sent[^1] is not FoundGeneration ? Refuse(State(seed, null))
            : seed == 1 ? Grant(State(1, null)) : null);
        var trying = recovery.TryAsync(CancellationToken.None);
        Assert.True(trying.IsCompleted && await trying);
    }

    // Lets seeds that do not answer time out.
    private async Task<bool> TryAsync(Recovery recovery)
    {
        var trying = recovery.TryAsync(CancellationToken.None);
        for (var waits = 0; waits < 2; waits++) _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.True(trying.IsCompleted);
        return await trying;
    }

    private Recovery Of(Acceptor me, Func<int, Reply?> answer, int seeds = 3)
    {
        var quorums = Quorums.Of(seeds);
        var transport = new ScriptedTransport((seed, request) =>
        {
            Assert.NotEqual(me.State.Seed, seed);
            _sent.Add(request);
            return answer(seed) is { } reply ? ScriptedTransport.Now(reply) : null;
        });
        var peers = new Peers(quorums, transport, TimeSpan.FromMilliseconds(500), _time);
        return new Recovery(me, quorums, peers, _time, new FixedRandom(0.5), _log);
    }
}
