using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using Malten.Membership.Tests.Protocol;
using Malten.Testing;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Registers;

/// <summary>A register whose seeds fall silent: its calls end in time.</summary>
public sealed class DeadlineTests : IDisposable
{
    private static readonly RegisterOptions Options = new() { MaxValueBytes = 3 };
    private readonly FakeTime _time = new();
    private readonly Acceptor[] _seeds = Founded();
    private readonly Register _register;
    private bool _silent;

    public DeadlineTests()
    {
        var quorums = Quorums.Of(3);
        var transport = new ScriptedTransport((seed, request) =>
            _silent ? null : ScriptedTransport.Now(_seeds[seed].Handle(request)));
        var peers = new Peers(quorums, transport, Options.RequestTimeout, _time);
        _register = new Register(
            new Proposer(quorums, peers, Options, _time, new FixedRandom(0.5)), Options, _time);
    }

    public void Dispose() => _register.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_call_ends_with_NoQuorum_after_the_timeout_also_one_that_waits_its_turn(bool bound)
    {
        if (bound) await _register.ChangeAsync(_ => [1]);
        _silent = true;
        Task<RegisterResult>[] calls =
        [
            _register.ReadAsync(), _register.ReadAsync(),
            _register.ChangeAsync(_ => [2]), _register.ChangeAsync(_ => [2]),
        ];
        _time.Advance(Options.Timeout - TimeSpan.FromTicks(1));
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        foreach (var call in calls) Assert.Equal(new RegisterResult(RegisterOutcome.NoQuorum), await call);

        _silent = false;
        Assert.Equal(RegisterOutcome.Changed, (await _register.ChangeAsync(_ => [2])).Outcome);
    }

    [Fact]
    public async Task The_first_call_binds_the_register_also_when_it_only_reads()
    {
        Assert.Null(_register.Generation);
        Assert.Equal(RegisterOutcome.Unchanged, (await _register.ReadAsync()).Outcome);
        Assert.Equal(This, _register.Generation);
    }

    [Fact]
    public async Task A_call_that_fails_does_not_bind_the_register()
    {
        _silent = true;
        var reading = _register.ReadAsync();
        _time.Advance(Options.Timeout);
        await reading;
        Assert.Null(_register.Generation);
    }

    [Fact]
    public async Task The_largest_value_is_accepted_and_a_larger_one_is_refused_with_both_sizes()
    {
        Assert.Equal(RegisterOutcome.Changed, (await _register.ChangeAsync(_ => [1, 2, 3])).Outcome);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => _register.ChangeAsync(_ => [1, 2, 3, 4]));
        Assert.Equal("The value has 4 bytes; the register holds at most 3.", refused.Message);
        var reading = _register.ReadAsync();
        while (!reading.IsCompleted) _time.Advance(TimeSpan.FromMilliseconds(100)); // the seeds still expect what was refused
        Assert.Equal([1, 2, 3], (await reading).Value!);
        await Assert.ThrowsAsync<ArgumentNullException>(() => _register.ChangeAsync(null!));
    }

    [Fact]
    public async Task A_call_cancelled_while_the_seeds_are_silent_throws()
    {
        await _register.ReadAsync();
        _silent = true;
        using var cancel = new CancellationTokenSource();
        var (reading, changing) = (_register.ReadAsync(cancel.Token), _register.ChangeAsync(_ => [1], cancel.Token));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => changing);
    }

    [Fact]
    public async Task Each_new_generation_is_announced_once_with_the_one_it_follows()
    {
        await _register.ReadAsync();
        var told = new List<(Generation From, Generation To)>();
        _register.GenerationChanged += (sender, change) =>
        {
            Assert.Same(_register, sender);
            told.Add((change.From, change.To));
        };
        var third = new Generation(3, Id(3));
        foreach (var next in new[] { Other, third })
        {
            Begin(next);
            for (var i = 0; i < 2; i++)
            {
                var result = await _register.ReadAsync();
                Assert.Equal(new RegisterResult(RegisterOutcome.GenerationChanged, next), result);
            }
        }

        Assert.Equal([(This, Other), (This, third)], told);
    }

    [Fact]
    public void A_failed_result_throws_with_its_outcome_and_a_message_for_people()
    {
        var unchanged = new RegisterResult(RegisterOutcome.Unchanged);
        Assert.Same(unchanged, unchanged.EnsureSucceeded());
        Assert.Contains("No majority", Failure(RegisterOutcome.NoQuorum, null), StringComparison.Ordinal);
        Assert.Contains("may have taken effect", Failure(RegisterOutcome.Unknown, null), StringComparison.Ordinal);
        var changed = Failure(RegisterOutcome.GenerationChanged, This);
        Assert.Contains($"generation {This} began empty. Adopt it and join again", changed, StringComparison.Ordinal);

        static string Failure(RegisterOutcome outcome, Generation? generation)
        {
            var failure = Assert.Throws<RegisterException>(
                () => new RegisterResult(outcome, generation).EnsureSucceeded());
            Assert.Equal((outcome, generation), (failure.Outcome, failure.Generation));
            return failure.Message;
        }
    }

    private void Begin(Generation generation)
    {
        foreach (var seed in _seeds) seed.Forget(seed.State.Incarnation);
        var found = new FoundGeneration(generation, [.. _seeds.Select(seed => seed.State.Incarnation)]);
        Assert.All(_seeds, seed => Assert.True(seed.Handle(found).Granted));
    }
}
