using System.Collections.Concurrent;
using Malten.Testing;

namespace Malten.Membership.Tests.Wire;

/// <summary>A clock that a test moves, and that tells when a timer has been set by code on another thread.</summary>
internal sealed class WatchedTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly FakeTime _time = new();
    private readonly ConcurrentDictionary<TimeSpan, SemaphoreSlim> _set = new();

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

    public override long GetTimestamp() => _time.GetTimestamp();

    public void Advance(TimeSpan by) => _time.Advance(by);

    /// <summary>Returns when one more timer has been set for this long.</summary>
    public async Task SetAsync(TimeSpan due) =>
        Assert.True(await Set(due).WaitAsync(Patience), $"No timer was set for {due}.");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = _time.CreateTimer(callback, state, dueTime, period);
        Set(dueTime).Release();
        return timer;
    }

    private SemaphoreSlim Set(TimeSpan due) => _set.GetOrAdd(due, _ => new SemaphoreSlim(0));
}
