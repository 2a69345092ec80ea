using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Engine;

/// <summary>
/// All publishers of a run, on one reactor, with the latencies of answers for each kind of publisher (its number modulo
/// <paramref name="kinds"/>). Any thread may read the totals.
/// </summary>
internal sealed class PublisherGroup(IPace pace, MeasuringWindow window, int kinds = 1)
{
    private readonly List<Publisher> _publishers = [];
    private long _posted;
    private long _answered;
    private volatile bool _stopped;

    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Whether posting has ended and every post is answered.</summary>
    public bool IsQuiet => _stopped && Volatile.Read(ref _posted) == Answered;

    /// <summary>The latencies of answers.</summary>
    public IReadOnlyList<LatencyHistogram> Latencies { get; } = LatencyHistogram.Several(kinds);

    /// <summary>How many each publisher has posted.</summary>
    public long[] Posted => [.. _publishers.Select(publisher => publisher.Sequence)];

    public void Add(Publisher publisher) => _publishers.Add(publisher);

    public void Stop() => _stopped = true;

    /// <summary>Posts what is due, and returns the nanoseconds until the next post may be.</summary>
    public long Turn()
    {
        var wait = long.MaxValue;
        if (_stopped) return wait;
        var now = Clock.Now;
        foreach (var publisher in _publishers)
            if (publisher.IsIdle && !TryPost(publisher, now))
                wait = Math.Min(wait, pace.Wait(publisher.Number, publisher.Sequence, now));

        return wait;
    }

    public void OnAnswered(Publisher publisher, long latency)
    {
        Volatile.Write(ref _answered, _answered + 1);
        if (window.IsOpen) Latencies[publisher.Number % kinds].Record(latency);
        TryPost(publisher, Clock.Now);
    }

    private bool TryPost(Publisher publisher, long now)
    {
        if (_stopped || !pace.MayPost(publisher.Number, publisher.Sequence, _posted, now, out var intended)) return false;
        Volatile.Write(ref _posted, _posted + 1);
        publisher.Post(intended);
        return true;
    }
}
