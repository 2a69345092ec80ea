using Malten.Streams.Listeners;

namespace Malten.Streams.Life;

/// <summary>
/// When the listeners of a stream are told who listens: at once, and what changes within a second after that together at its end.
/// Each audience is told more seldom where that would take more than 2 MiB a second for it, but at least every 30 seconds.
/// Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="tell">Tells these audiences, and returns how many bytes that takes for each of them.</param>
internal sealed class PresencePace(TimeProvider time, Func<Audience, IReadOnlyDictionary<Audience, long>> tell) : IDisposable
{
    // Presence goes to all listeners and names up to 128 users, so what it takes grows with the square of a crowd.
    private const double BytesPerSecond = 2 * 1024 * 1024;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Early = Shortest / 2; // whose turn is so near is told with others whose turn it is

    private readonly Lock _gate = new();
    private readonly Dictionary<Audience, (long Told, TimeSpan Interval)> _told = [];
    private long? _lastTold;
    private Audience _asked;
    private ITimer? _timer;
    private bool _isOver;

    /// <summary>Something has changed that these audiences are to be told.</summary>
    public void Ask(Audience listeners)
    {
        lock (_gate) _asked |= listeners;
        TellWhoeverIsDue();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private void TellWhoeverIsDue()
    {
        Audience due;
        lock (_gate)
        {
            due = Take();
            Wait();
        }

        if (due == Audience.Nobody) return;
        var bytes = tell(due);
        lock (_gate)
        {
            foreach (var audience in Audiences.All)
                if (due.HasFlag(audience))
                    _told[audience] = (_told[audience].Told, TimeSpan.FromSeconds(Math.Min(bytes[audience] / BytesPerSecond, Longest.TotalSeconds)));
            Wait(); // others may have asked meanwhile
        }
    }

    /// <summary>Takes those whose turn it is. It is marked under the lock, so that a concurrent request waits for the next interval.</summary>
    private Audience Take()
    {
        if (!Audiences.All.Any(audience => _asked.HasFlag(audience) && Left(audience) <= TimeSpan.Zero)) return Audience.Nobody;
        var due = Audience.Nobody;
        foreach (var audience in Audiences.All)
        {
            if (!_asked.HasFlag(audience) || Left(audience) > Early) continue;
            due |= audience;
            _told[audience] = (time.GetTimestamp(), TimeSpan.Zero);
        }

        _asked &= ~due;
        _lastTold = time.GetTimestamp();
        return due;
    }

    private void Wait()
    {
        if (_asked == Audience.Nobody || _isOver) return;
        var left = Audiences.All.Where(audience => _asked.HasFlag(audience)).Min(Left);
        _timer ??= time.CreateTimer(static pace => ((PresencePace)pace!).TellWhoeverIsDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(left > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private TimeSpan Left(Audience audience)
    {
        var left = _lastTold is { } last ? Shortest - time.GetElapsedTime(last) : TimeSpan.Zero;
        if (!_told.TryGetValue(audience, out var told)) return left;
        var own = told.Interval - time.GetElapsedTime(told.Told);
        return own > left ? own : left;
    }
}
