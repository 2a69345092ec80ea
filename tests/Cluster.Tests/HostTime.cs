namespace Malten.Cluster.Tests;

/// <summary>The clock of the hosts of a test cluster: the real one, and as far ahead of it as a test has let it jump.</summary>
public sealed class HostTime : TimeProvider
{
    private long _ahead;

    /// <inheritdoc/>
    public override long GetTimestamp() => base.GetTimestamp() + Volatile.Read(ref _ahead);

    /// <summary>Lets time pass for whoever measures it; timers do not notice.</summary>
    public void Jump(TimeSpan by) => Interlocked.Add(ref _ahead, (long)(by.TotalSeconds * TimestampFrequency));
}
