using System.Buffers;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>Takes the frames of one feed in order, to forward them. Not thread-safe, except for <see cref="Wake"/>.</summary>
public sealed class FeedFollower : IDisposable
{
    private const int MostFrames = 256;
    private const int MostBytes = 256 * 1024;

    private readonly AsyncAutoResetEvent _wakeup = new();
    private readonly FeedCursor _cursor;

    /// <summary>Creates a follower that starts at the head of the feed.</summary>
    public FeedFollower(Feed feed) => _cursor = feed.Open(null, _wakeup, forwards: true);

    /// <summary>The timestamp of the last message taken; before that, of the newest message held at the start.</summary>
    public Timestamp Position => _cursor.Position;

    /// <summary>Completes when there is something to take, or after <see cref="Wake"/>.</summary>
    public ValueTask WaitAsync() => _cursor.IsReadyOrListed() ? ValueTask.CompletedTask : _wakeup.WaitAsync();

    /// <summary>Ends the wait under way, or the next one.</summary>
    public void Wake() => _wakeup.Set();

    /// <summary>
    /// Takes the next frames, oldest first: at most 256, and no more once they exceed 256 KiB. They are kept for whomever they
    /// are forwarded to.
    /// </summary>
    public Frame[] Take()
    {
        var room = ArrayPool<Frame>.Shared.Rent(MostFrames);
        var frames = room.AsSpan(0, _cursor.Take(room.AsSpan(0, MostFrames), MostBytes));
        foreach (var frame in frames)
        {
            frame.Keep();
            if (frame.IsMessage) _cursor.Position = frame.Timestamp;
        }

        _cursor.Done();
        var taken = frames.ToArray();
        frames.Clear(); // otherwise the pool would keep the frames alive
        ArrayPool<Frame>.Shared.Return(room);
        return taken;
    }

    /// <summary>Leaves the feed.</summary>
    public void Dispose() => _cursor.Dispose();
}
