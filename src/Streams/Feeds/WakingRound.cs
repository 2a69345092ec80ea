namespace Malten.Streams.Feeds;

/// <summary>
/// Wakes the readers of a feed, each of which writes what it has read before the next is woken. Threads of the pool that have
/// nothing else to do take a share of a long round.
/// </summary>
internal sealed class WakingRound(Feed feed, List<FeedCursor> woken) : IThreadPoolWorkItem
{
    private const int Share = 32;

    private readonly int _count = woken.Count; // a thread that comes too late must not look at the list, which is used again
    private int _taken;
    private int _woken;
    private int _threads = 1;

    public void Execute()
    {
        if (_count == 0) feed.EndWaking(woken); // all have left since it was scheduled
        for (int from; (from = Interlocked.Add(ref _taken, Share) - Share) < _count;)
        {
            var end = Math.Min(from + Share, _count);
            if (end < _count && Interlocked.Increment(ref _threads) <= Environment.ProcessorCount)
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            for (var i = from; i < end; i++) woken[i].Wakeup.Set();
            if (Interlocked.Add(ref _woken, end - from) == _count) feed.EndWaking(woken);
        }
    }
}
