using Malten.Testing;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>
/// The clocks of one host: a wall clock that may be wrong and jump, and a monotonic one that goes on while the process is
/// paused; its timers fire once the process runs again, and never after it has ended.
/// </summary>
internal sealed class NodeTime(Scheduler scheduler, Node node) : TimeProvider
{
    /// <summary>By how much the wall clock is wrong.</summary>
    public TimeSpan Error { get; set; }

    public override long TimestampFrequency => scheduler.TimestampFrequency;

    public override long GetTimestamp() => scheduler.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => scheduler.GetUtcNow() + Error;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        scheduler.CreateTimer(due => node.Do(() => callback(due)), state, dueTime, period);
}
