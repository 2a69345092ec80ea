using System.Buffers;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>Follows one feed frame by frame, to send it on. For one reader at a time.</summary>
public sealed class FeedFollower : IDisposable
{
    private const int MostFrames = 256;
    private const int MostBytes = 256 * 1024;

    private readonly AsyncAutoResetEvent _wakeup = new();
    private readonly FeedCursor _cursor;

    /// <summary>Begins at the head of the feed.</summary>
    public FeedFollower(Feed feed) => _cursor = feed.Open(null, _wakeup);

    /// <summary>The timestamp of the last message that was taken, or of the newest before the first.</summary>
    public Timestamp Position => _cursor.Position;

    /// <summary>Ends when there is something to take, or after <see cref="Wake"/>.</summary>
    public ValueTask WaitAsync() => _cursor.IsReadyOrListed() ? ValueTask.CompletedTask : _wakeup.WaitAsync();

    /// <summary>Ends the wait under way, or the next one.</summary>
    public void Wake() => _wakeup.Set();

    /// <summary>What has come since, oldest first.</summary>
    public Frame[] Take()
    {
        var room = ArrayPool<Frame>.Shared.Rent(MostFrames);
        var frames = room.AsSpan(0, _cursor.Take(room.AsSpan(0, MostFrames), MostBytes));
        foreach (var frame in frames)
            if (frame.IsMessage)
                _cursor.Position = frame.Timestamp;
        var taken = frames.ToArray();
        frames.Clear(); // the pool would hold on to what they hold
        ArrayPool<Frame>.Shared.Return(room);
        return taken;
    }

    /// <summary>Leaves the feed.</summary>
    public void Dispose() => _cursor.Dispose();
}
