using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using Malten.Membership.Tests.Protocol;
using Malten.Testing;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Registers;

public class ProposerTests
{
    private static readonly RegisterOptions Options = new();
    private readonly FakeTime _time = new();
    private readonly Acceptor[] _seeds = Founded();

    [Fact]
    public async Task A_change_is_prepared_and_accepted_by_all_and_then_read_in_one_round_trip()
    {
        var transport = ScriptedTransport.To(_seeds);
        var proposer = Proposer(transport);
        var changed = await proposer.ChangeAsync(_ => [7], null, CancellationToken.None);
        Assert.Equal((RegisterOutcome.Changed, This, 1), (changed.Outcome, changed.Generation, changed.Version));
        Assert.Equal([7], changed.Value!);
        Assert.IsType<Prepare>(transport.Sent[0].Request);
        Assert.IsType<Accept>(transport.Sent[^1].Request);

        var before = transport.Sent.Count;
        var read = (await proposer.LookAsync(CancellationToken.None)).Reading;
        Assert.Equal((This, 1), (read!.Generation, read.Entry.Version));
        Assert.All(transport.Sent.Skip(before), sent => Assert.IsType<Query>(sent.Request));
    }

    [Fact]
    public async Task An_entry_is_not_read_in_one_round_trip_while_a_ballot_is_promised_or_a_seed_holds_another()
    {
        var proposer = Proposer(ScriptedTransport.To(_seeds));
        await proposer.ChangeAsync(_ => [7], null, CancellationToken.None);
        Array.ForEach(_seeds, seed => seed.Handle(new Prepare(At(50))));
        Assert.Equal(new Look(null, IsChanging: true), await proposer.LookAsync(CancellationToken.None));

        Array.ForEach(_seeds, seed => seed.Handle(new Accept(This, At(50, (byte)(seed.State.Seed + 1)), Entry.Empty)));
        Assert.Equal(new Look(null, IsChanging: false), await proposer.LookAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_read()
    {
        var one = new ScriptedTransport((seed, request) =>
            ScriptedTransport.Now(seed == 0 ? _seeds[0].Handle(request) : null));
        Assert.Null((await Proposer(one).LookAsync(CancellationToken.None)).Reading);
    }

    [Fact]
    public async Task A_change_that_returns_null_has_the_entry_accepted_unchanged()
    {
        // Of the two seeds that can be reached, only one holds the newest entry.
        var transport = new ScriptedTransport((seed, request) =>
            ScriptedTransport.Now(seed == 2 ? null : _seeds[seed].Handle(request)));
        _seeds[0].Handle(new Accept(This, At(20), Entry.Empty.Append(Id(9), [9])));
        var reading = Proposer(transport).ChangeAsync(_ => null, null, CancellationToken.None);
        _time.Advance(Options.Backoff);
        Assert.Equal((RegisterOutcome.Unchanged, 1), ((await reading).Outcome, (await reading).Version));
        Assert.Equal([9], _seeds[1].State.Entry.Value!);
    }

    [Fact]
    public async Task After_a_refusal_the_ballot_exceeds_every_promise_seen()
    {
        Array.ForEach(_seeds, seed => seed.Handle(new Prepare(At(40 + seed.State.Seed))));
        var transport = ScriptedTransport.To(_seeds);
        var changing = Proposer(transport).ChangeAsync(_ => [7], null, CancellationToken.None);
        _time.Advance(Options.Backoff);
        Assert.Equal(RegisterOutcome.Changed, (await changing).Outcome);
        var ballots = transport.Sent.Select(sent => sent.Request).OfType<Prepare>().Select(one => one.Ballot.Number);
        Assert.Equal([1, 43], ballots.Distinct());
    }

    [Fact]
    public async Task An_overtaken_proposer_tries_again_without_waiting_for_a_silent_seed()
    {
        _seeds[0].Handle(new Prepare(At(40)));
        var transport = new ScriptedTransport((seed, request) =>
            seed == 2 ? null : ScriptedTransport.Now(_seeds[seed].Handle(request)));
        var changing = Proposer(transport).ChangeAsync(_ => [7], null, CancellationToken.None);
        _time.Advance(Options.Backoff);
        Assert.Equal(RegisterOutcome.Changed, (await changing).Outcome);
    }

    [Fact]
    public async Task A_proposer_that_is_not_overtaken_waits_for_the_last_seed()
    {
        // Two of three have no memory: they refuse, but they have not promised anything.
        var last = new TaskCompletionSource<Reply?>();
        var transport = new ScriptedTransport((seed, request) =>
            seed == 2 ? last.Task : ScriptedTransport.Now(Fresh(seed).Handle(request)));
        var reading = Proposer(transport).LookAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMilliseconds(400));
        Assert.False(reading.IsCompleted);
        last.SetResult(null);
        Assert.Null((await reading).Reading);
    }

    [Fact]
    public void The_pause_between_attempts_doubles_up_to_a_limit()
    {
        var starts = new List<double>();
        var start = _time.GetUtcNow();
        var transport = new ScriptedTransport((seed, _) =>
        {
            if (seed == 0) starts.Add((_time.GetUtcNow() - start).TotalMilliseconds);
            return ScriptedTransport.Now(null);
        });
        using var stop = new CancellationTokenSource();
        _ = Proposer(transport).ChangeAsync(_ => [7], null, stop.Token);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([0, 5, 15, 35, 75, 155, 280, 405, 530], starts.Take(9));
        // 75 attempts later the pause is still the longest one, not what is left of a number shifted too far.
        Assert.Equal(125, starts[^1] - starts[^2]);
        stop.Cancel();
    }

    [Fact]
    public async Task A_cancelled_change_is_unknown_only_if_it_was_sent()
    {
        using var stop = new CancellationTokenSource();
        var silent = Proposer(new ScriptedTransport((_, _) => null)).ChangeAsync(_ => [7], null, stop.Token);
        var half = Proposer(Promising()).ChangeAsync(_ => [7], null, stop.Token);
        var reading = Proposer(Promising()).ChangeAsync(_ => null, null, stop.Token);
        await stop.CancelAsync();
        Assert.Equal(new RegisterResult(RegisterOutcome.NoQuorum), await silent);
        Assert.Equal(new RegisterResult(RegisterOutcome.Unknown), await half);
        Assert.Equal(new RegisterResult(RegisterOutcome.NoQuorum), await reading);

        ScriptedTransport Promising()
        {
            var seeds = Founded();
            return new ScriptedTransport((seed, request) =>
                request is Prepare ? ScriptedTransport.Now(seeds[seed].Handle(request)) : null);
        }
    }

    [Fact]
    public async Task A_change_is_made_only_in_the_generation_it_is_bound_to()
    {
        var proposer = Proposer(ScriptedTransport.To(_seeds));
        var result = await proposer.ChangeAsync(_ => throw new FormatException(), Other, CancellationToken.None);
        Assert.Equal((RegisterOutcome.GenerationChanged, This), (result.Outcome, result.Generation));
    }

    private Proposer Proposer(ITransport transport)
    {
        var quorums = Quorums.Of(3);
        var peers = new Peers(quorums, transport, Options.RequestTimeout, _time);
        return new Proposer(quorums, peers, Options, _time, new FixedRandom(0.5));
    }
}
