namespace Malten.Streams.Feeds;

/// <summary>
/// Wakes the readers of a feed, each of which writes what it has read before the next is woken. Threads of the pool that have
/// nothing else to do take shares of a long round; after each share, a thread first does what else has been waiting for one.
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
        var from = Interlocked.Add(ref _taken, Share) - Share;
        if (from >= _count)
        {
            if (_count == 0) feed.EndWaking(woken); // all have left since it was scheduled
            return;
        }

        var end = Math.Min(from + Share, _count);
        if (end < _count && Interlocked.Increment(ref _threads) <= Environment.ProcessorCount) Continue();
        for (var i = from; i < end; i++) woken[i].Wakeup.Set();
        if (Interlocked.Add(ref _woken, end - from) == _count) feed.EndWaking(woken);
        else if (Volatile.Read(ref _taken) < _count) Continue();
    }

    private void Continue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
