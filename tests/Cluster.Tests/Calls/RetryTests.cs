using Malten.Cluster.Tests.Members;
using Malten.Grains.Calls;
using Malten.Grains.Members;
using Malten.Streams.Values;
using Malten.Testing;
using Microsoft.Extensions.Options;

namespace Malten.Cluster.Tests.Calls;

/// <summary>Calls that fail on their way are repeated for twelve seconds, ten times a second.</summary>
public sealed class RetryTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly FakeTime _time = new();
    private int _calls;

    [Fact]
    public async Task A_call_is_repeated_until_it_gets_through()
    {
        var calling = new Retry(_time).CallAsync(() => ++_calls < 3 ? throw new TimeoutException() : Task.FromResult(_calls), default);
        Assert.Equal(1, _calls);
        _time.Advance(Pause);
        Assert.Equal(2, _calls);
        _time.Advance(Pause);
        Assert.Equal(3, await calling);
        Assert.Equal(0, _time.ActiveTimers);
    }

    [Fact]
    public async Task After_twelve_seconds_it_is_given_up()
    {
        var calling = new Retry(_time).CallAsync(Fail<OrleansException>, default);
        _time.Advance(TimeSpan.FromSeconds(12));
        Assert.False(calling.IsCompleted);
        _time.Advance(Pause);
        Assert.Equal(Refusal.Unavailable, (await Assert.ThrowsAsync<StreamRefusedException>(() => calling)).Refusal);
        Assert.Equal(122, _calls);
    }

    [Fact]
    public async Task A_caller_who_gives_up_waits_no_longer()
    {
        using var giveUp = new CancellationTokenSource();
        var calling = new Retry(_time).CallAsync(Fail<IOException>, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        _time.Advance(Pause);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task What_the_callee_refuses_is_not_repeated()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => new Retry(_time).CallAsync(Fail<ArgumentException>, default));
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task A_call_that_must_not_be_repeated_is_made_once()
    {
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(() => new Retry(_time).OnceAsync(Fail<TimeoutException>, default));
        Assert.Equal((Refusal.Unavailable, 1), (refused.Refusal, _calls));
    }

    [Fact]
    public async Task A_node_without_a_lease_waits_a_moment_and_refuses()
    {
        using var lease = new Lease(new FakeMembership(FakeMembership.SiloAt(1)).View, null!, Options.Create(new LeaseOptions()), _time);
        using var client = new CancellationTokenSource();
        var calling = new Retry(_time, lease).CallAsync(() => Task.FromResult(++_calls), client.Token);
        for (var moment = 0; moment < 45; moment++) _time.Advance(TimeSpan.FromMilliseconds(50));
        var refused = await Assert.ThrowsAsync<StreamRefusedException>(() => calling);
        Assert.Equal((Refusal.Unavailable, 0), (refused.Refusal, _calls));
    }

    private Task<int> Fail<T>()
        where T : Exception, new()
    {
        _calls++;
        throw new T();
    }
}
