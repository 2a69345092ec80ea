using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <content>Waking the readers that wait.</content>
public sealed partial class Feed
{
    private List<FeedCursor>? _spare;
    private bool _isWaking;

    /// <summary>
    /// Schedules a round that wakes the waiting readers, outside the lock. Whatever is appended during a round is read in the next,
    /// many messages at a time, and posts never wait for readers.
    /// </summary>
    private void WakeReaders()
    {
        if (_waiting is null or { Count: 0 } || _isWaking) return; // a running round checks again when it ends
        _isWaking = true;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        List<FeedCursor> woken;
        lock (_gate)
        {
            (woken, _waiting, _spare) = (_waiting ?? [], _spare ?? [], null);
            foreach (var cursor in woken) cursor.Listed = !HasNews(cursor); // what has come may be for others
            _waiting.AddRange(woken.Where(cursor => cursor.Listed));
            woken.RemoveAll(cursor => cursor.Listed);
            if (woken.Count == 0) RemovePassedEvents(); // those for whom it was have gone
        }

        new WakingRound(this, woken).Execute();
    }

    /// <summary>All readers of a round have been woken.</summary>
    internal void EndWaking(List<FeedCursor> woken)
    {
        woken.Clear();
        lock (_gate)
        {
            _spare = woken;
            _isWaking = false;
            TrimWaiting();
            if (_waiting?.Exists(HasNews) == true) WakeReaders();
        }
    }

    /// <summary>Gives back the room of readers that have left.</summary>
    private void TrimWaiting()
    {
        if (_cursors == 0) (_waiting, _spare) = (null, null);
        _waiting?.TrimSpare(_cursors);
        _spare?.TrimSpare(_cursors);
    }
}
