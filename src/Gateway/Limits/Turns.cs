using System.Collections.Concurrent;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Gateway.Limits;

/// <summary>
/// Whose request is served when. While the processors keep up with all that is asked, this only counts. When they do not, it
/// lowers a level, in requests per second and client, until it bites whoever asks most and the rest is served at once (max-min
/// fairness; Bertsekas and Gallager, "Data Networks", 6.5.2). Requests above the level wait for their turn. A network has the
/// level of eight clients. Thread-safe.
/// </summary>
/// <param name="least">The level is never lower.</param>
/// <param name="processorTime">How long processors have worked for this process.</param>
/// <param name="processors">How many there are.</param>
internal sealed class Turns(int least, Func<TimeSpan> processorTime, int processors, TimeProvider time)
{
    /// <summary>How long a request may wait; then it is refused.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private const double Busy = 0.9; // of what the processors can do
    private const double Calm = 0.7;
    private const double Fall = 0.6;
    private const double Rise = 1.1;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    // Requests that wait were let in at the level before: what a fall does is seen once they are done.
    private static readonly int WindowsBetweenFalls = (int)Math.Ceiling(Patience / Window);


    private readonly ConcurrentDictionary<ulong, Asker> _clients = new();
    private readonly ConcurrentDictionary<ulong, Asker> _networks = new();
    private readonly Lock _measuring = new();
    private long _measured = time.GetTimestamp();
    private TimeSpan _worked = processorTime();
    private double _level = double.PositiveInfinity;
    private int _sinceFall = WindowsBetweenFalls;

    /// <summary>How many requests a client may make per second now; infinite while the processors keep up.</summary>
    public double Level => Volatile.Read(ref _level);

    /// <summary>How many clients are remembered: those that have asked lately.</summary>
    public int Clients => _clients.Count;

    /// <summary>How long a client's request has to wait; <see cref="Patience"/>, when it is refused after that.</summary>
    public TimeSpan Take(ClientKey client)
    {
        MeasureIfDue();
        var (now, level) = (time.GetTimestamp(), Level);
        var wait = Take(_clients, client.Hash, now, level);
        return wait >= Patience ? Patience : Max(wait, Take(_networks, client.Network, now, level * Shares.ClientsOfNetwork));
    }

    private TimeSpan Take(ConcurrentDictionary<ulong, Asker> askers, ulong key, long now, double level) =>
        askers.GetOrAdd(key, static _ => new Asker()).Take(now, level, time.TimestampFrequency);

    private void MeasureIfDue()
    {
        if (time.GetElapsedTime(Volatile.Read(ref _measured)) < Window || !_measuring.TryEnter()) return;
        try
        {
            var (elapsed, worked) = (time.GetElapsedTime(_measured), processorTime());
            if (elapsed < Window) return; // another has just measured
            var busy = (worked - _worked) / (elapsed * processors);
            var most = Math.Max(Most(_clients), Most(_networks) / (double)Shares.ClientsOfNetwork) / elapsed.TotalSeconds;
            _worked = worked;
            Volatile.Write(ref _measured, time.GetTimestamp());
            Volatile.Write(ref _level, Next(busy, most));
        }
        finally
        {
            _measuring.Exit();
        }
    }

    private double Next(double busy, double most)
    {
        if (++_sinceFall >= WindowsBetweenFalls && busy >= Busy)
        {
            _sinceFall = 0;
            return Math.Max(least, Math.Min(_level, most) * Fall);
        }

        return busy >= Calm ? _level : _level > 2 * Math.Max(most, least) ? double.PositiveInfinity : _level * Rise;
    }

    /// <summary>The most that any of them has asked since the last time. Forgets those that have asked nothing.</summary>
    private static int Most(ConcurrentDictionary<ulong, Asker> askers)
    {
        var most = 0;
        foreach (var asker in askers)
        {
            var asked = asker.Value.TakeCount();
            if (asked == 0) askers.TryRemove(asker);
            most = Math.Max(most, asked);
        }

        return most;
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>A client or a network that asks.</summary>
    private sealed class Asker
    {
        private const int Burst = 10; // requests at once that are nobody's flood: a page and what it loads

        private readonly Lock _gate = new();
        private int _asked;
        private long _next;

        public int TakeCount() => Interlocked.Exchange(ref _asked, 0);

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
