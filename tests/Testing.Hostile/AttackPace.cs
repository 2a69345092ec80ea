namespace Malten.Testing.Hostile;

/// <summary>
/// When an attack does the next thing: in an open loop, so many a second whatever the answers are, or as fast as it can when
/// that is infinite; and only so many in all. Thread-safe.
/// </summary>
/// <param name="perSecond">How many a second.</param>
/// <param name="most">How many in all.</param>
public sealed class AttackPace(double perSecond, long most = long.MaxValue)
{
    private readonly long _begun = TimeProvider.System.GetTimestamp();
    private long _taken;

    /// <summary>How many have been done.</summary>
    public long Done => Math.Min(most, Volatile.Read(ref _taken));

    /// <summary>Waits until the next is due; false when there is none.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken stop)
    {
        var number = Interlocked.Increment(ref _taken);
        if (number > most || stop.IsCancellationRequested) return false;
        var early = TimeSpan.FromSeconds(number / perSecond) - TimeProvider.System.GetElapsedTime(_begun);
        if (early > TimeSpan.Zero) await Task.Delay(early, stop);
        return true;
    }
}
