namespace Malten.Streams.Feeds;

/// <summary>
/// Wakes the readers of a feed, each of which writes what it has read before the next is woken. Threads of the pool that have
/// nothing else to do take shares of a long round. A short one stays with one thread: readers that are woken a little later
/// find more to write at once.
/// </summary>
internal sealed class WakingRound(Feed feed, List<FeedCursor> woken) : IThreadPoolWorkItem
{
    private const int Share = 128;
    private const int SharesInARow = 4; // then what else has been waiting for a thread has its turn

    private readonly int _count = woken.Count; // a thread that comes too late must not look at the list, which is used again
    private int _taken;
    private int _woken;
    private int _threads = 1;

    public void Execute()
    {
        if (_count == 0) feed.EndWaking(woken); // all have left since it was scheduled
        for (var shares = 1; Interlocked.Add(ref _taken, Share) - Share is var from && from < _count; shares++)
        {
            var end = Math.Min(from + Share, _count);
            if (end < _count && Interlocked.Increment(ref _threads) <= Environment.ProcessorCount) Continue();
            for (var i = from; i < end; i++) woken[i].Wakeup.Set();
            if (Interlocked.Add(ref _woken, end - from) == _count)
            {
                feed.EndWaking(woken);
                return;
            }

            if (shares < SharesInARow) continue;
            Continue();
            return;
        }
    }

    private void Continue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
