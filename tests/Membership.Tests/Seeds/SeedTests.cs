using Malten.Membership.Protocol;
using Malten.Membership.Seeds;
using Malten.Membership.Tests.Protocol;
using Malten.Testing;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Seeds;

public class SeedTests
{
    private static readonly SeedOptions Options = new()
    {
        RecoveryInterval = TimeSpan.FromMilliseconds(100),
        WatchInterval = TimeSpan.FromMilliseconds(1000),
    };

    private readonly FakeTime _time = new();

    [Theory]
    [InlineData(0.5, 100)]
    [InlineData(0, 50)]
    public void It_recovers_then_watches_and_pauses_for_half_to_one_and_a_half_intervals(double random, double shortest)
    {
        var others = Founded();
        var up = false;
        var asked = new List<(double At, Type Request)>();
        var start = _time.GetUtcNow();
        var transport = new ScriptedTransport((seed, request) =>
        {
            if (seed == 1) asked.Add(((_time.GetUtcNow() - start).TotalMilliseconds, request.GetType()));
            return ScriptedTransport.Now(up ? others[seed].Handle(request) : null);
        });
        var seed = Seed(Fresh(0), transport, random);
        using var stop = new CancellationTokenSource();
        var running = seed.RunAsync(stop.Token);
        _time.Advance(TimeSpan.FromMilliseconds(shortest));
        up = true;
        // The third round restores its memory.
        _time.Advance(TimeSpan.FromMilliseconds(shortest * 2));
        _time.Advance(TimeSpan.FromMilliseconds(shortest * 10));

        Assert.Equal(
            [0, shortest, shortest * 2, shortest * 12],
            asked.Select(one => one.At));
        Assert.Equal(
            [typeof(Recover), typeof(Recover), typeof(Recover), typeof(Query)],
            asked.Select(one => one.Request));
        Assert.False(running.IsCompleted);
    }

    [Fact]
    public async Task It_runs_until_it_is_stopped()
    {
        using var stop = new CancellationTokenSource();
        var running = Seed(Fresh(0), new ScriptedTransport((_, _) => ScriptedTransport.Now(null)), 0.5)
            .RunAsync(stop.Token);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public void By_default_it_tries_to_recover_ten_times_a_second_and_watches_once_a_second()
    {
        var options = new SeedOptions();
        Assert.Equal(
            (TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1)),
            (options.RecoveryInterval, options.WatchInterval));
    }

    private Seed Seed(Acceptor acceptor, ITransport transport, double random)
    {
        var quorums = Quorums.Of(3);
        var peers = new Peers(quorums, transport, TimeSpan.FromMilliseconds(10), _time);
        return new Seed(acceptor, quorums, peers, Options, _time, new FixedRandom(random), new TestLog());
    }
}
