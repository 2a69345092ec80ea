using System.Collections.Concurrent;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Gateway.Limits;

/// <summary>
/// Whose request is served when. While what is asked for is served at once, this only counts. When it is not, it lowers a level,
/// in requests per second and client, until it bites whoever asks most and the rest is served at once (max-min fairness;
/// Bertsekas and Gallager, "Data Networks", 6.5.2). Requests above the level wait for their turn. A network has the level of
/// eight clients. Thread-safe.
/// </summary>
/// <param name="least">The level is never lower.</param>
/// <param name="delay">How late what is asked for is served.</param>
internal sealed class Turns(int least, QueueDelay delay, TimeProvider time)
{
    /// <summary>How long a request may wait; then it is refused.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private const double Fall = 0.6;
    private const double Rise = 1.1;
    private const double Shrinking = 0.9; // of the delay before: then the level is low enough

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100); // as long as CoDel looks for a queue that stays
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(10); // twice CoDel's target: neighbours take turns of some ms
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(1);

    // Requests that wait were let in at the level before: what a fall does is seen once they are done. The first fall waits as
    // long, so that no single collection of garbage brings it about.
    private static readonly int WindowsBetweenFalls = (int)Math.Ceiling(Patience / Window);

    private readonly ConcurrentDictionary<ulong, Asker> _clients = new();
    private readonly ConcurrentDictionary<ulong, Asker> _networks = new();
    private readonly Lock _measuring = new();
    private long _measured = time.GetTimestamp();
    private double _level = double.PositiveInfinity;
    private int _lateWindows; // one after another
    private TimeSpan _lateBefore;

    /// <summary>How many requests a client may make per second now; infinite while all are served at once.</summary>
    public double Level => Volatile.Read(ref _level);

    /// <summary>How many clients are remembered: those that have asked lately.</summary>
    public int Clients => _clients.Count;

    /// <summary>How long a client's request has to wait; <see cref="Patience"/>, when it is refused after that.</summary>
    public TimeSpan Take(ClientKey client)
    {
        MeasureIfDue();
        delay.Measure();
        var (now, level) = (time.GetTimestamp(), Level);
        var wait = Take(_clients, client.Hash, now, level);
        return wait >= Patience ? Patience : Max(wait, Take(_networks, client.Network, now, level * Shares.ClientsOfNetwork));
    }

    /// <summary>
    /// The same of a probe. So few as monitors make, ten a second, need not wait; they count, so that a flood of them lowers the level
    /// for whoever makes it, and not for whoever asks most beside it.
    /// </summary>
    public TimeSpan TakeProbe(ClientKey client)
    {
        var isOfMonitor = _clients.GetOrAdd(client.Hash, static _ => new Asker()).TakeProbe(time.GetTimestamp(), time.TimestampFrequency);
        var wait = Take(client);
        return isOfMonitor ? TimeSpan.Zero : wait;
    }

    /// <summary>
    /// Waits for the turn of work that goes on after a request was let in, and is not refused: each piece of a long answer takes
    /// a turn, since one request for a full page costs as much as thousands for a short one.
    /// </summary>
    public async ValueTask WaitAsync(ClientKey client, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        while ((wait = Take(client)) >= Patience) await Task.Delay(Patience, time, cancellationToken);
        if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellationToken);
    }

    private TimeSpan Take(ConcurrentDictionary<ulong, Asker> askers, ulong key, long now, double level) =>
        askers.GetOrAdd(key, static _ => new Asker()).Take(now, level, time.TimestampFrequency);

    private void MeasureIfDue()
    {
        if (time.GetElapsedTime(Volatile.Read(ref _measured)) < Window || !_measuring.TryEnter()) return;
        try
        {
            var elapsed = time.GetElapsedTime(_measured);
            if (elapsed < Window) return; // another has just measured
            var now = time.GetTimestamp();
            var most = Math.Max(Most(_clients, now), Most(_networks, now) / (double)Shares.ClientsOfNetwork) / elapsed.TotalSeconds;
            Volatile.Write(ref _measured, now);
            Volatile.Write(ref _level, Next(delay.TakeLeast(), most, elapsed / Window));
        }
        finally
        {
            _measuring.Exit();
        }
    }

    private double Next(TimeSpan late, double most, double windows)
    {
        if (late < Late) (_lateWindows, _lateBefore) = (0, TimeSpan.Zero);
        // Where nobody asks for more than the least level, lowering it would win nothing: something else is slow.
        else if (++_lateWindows % WindowsBetweenFalls == 0 && most > least)
        {
            var isShrinking = late < _lateBefore * Shrinking;
            _lateBefore = late;
            return isShrinking ? _level : Math.Max(least, Math.Min(_level, most) * Fall);
        }

        if (late >= Calm && most > _level / 2) return _level;
        var raised = _level * Math.Pow(Rise, windows); // many at once, after a time in which nobody asked
        return raised > 2 * Math.Max(most, least) ? double.PositiveInfinity : raised;
    }

    /// <summary>The most that any of them has asked since the last time. Forgets those that have asked nothing.</summary>
    private static int Most(ConcurrentDictionary<ulong, Asker> askers, long now)
    {
        var most = 0;
        foreach (var asker in askers)
        {
            var asked = asker.Value.TakeCount();
            if (asked == 0 && !asker.Value.HasProbed(now)) askers.TryRemove(asker);
            most = Math.Max(most, asked);
        }

        return most;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>A client or a network that asks.</summary>
    private sealed class Asker
    {
        private const int Burst = 10; // requests at once that are nobody's flood: a page and what it loads
        private const int Probes = 10; // a second: those of a monitor, a balancer and an orchestrator behind one address

        private readonly Lock _gate = new();
        private int _asked;
        private long _next;
        private long _probed; // when none of the last second counts any more

        public int TakeCount() => Interlocked.Exchange(ref _asked, 0);

        public bool HasProbed(long now) => Volatile.Read(ref _probed) > now;

        public bool TakeProbe(long now, long frequency)
        {
            lock (_gate)
            {
                var next = Math.Max(_probed, now) + (frequency / Probes);
                if (next - now > frequency) return false;
                Volatile.Write(ref _probed, next);
                return true;
            }
        }

        public TimeSpan Take(long now, double level, long frequency)
        {
            Interlocked.Increment(ref _asked);
            if (double.IsPositiveInfinity(level)) return TimeSpan.Zero;
            var token = frequency / level;
            lock (_gate)
            {
                var turn = Math.Max(_next, now - (long)(Burst * token)) + (long)token;
                var wait = TimeSpan.FromSeconds((double)(turn - now) / frequency);
                if (wait >= Patience) return Patience;
                _next = turn;
                return Max(wait, TimeSpan.Zero);
            }
        }
    }
}
