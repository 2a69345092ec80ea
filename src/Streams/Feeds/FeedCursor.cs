using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>One reader's place in a feed; all but the position belongs to the feed's lock.</summary>
internal sealed class FeedCursor(Feed feed, AsyncAutoResetEvent wakeup) : IDisposable
{
    public AsyncAutoResetEvent Wakeup { get; } = wakeup;

    public long NextMessage { get; set; }

    public long NextEvent { get; set; }

    /// <summary>Something before the next message is gone, and the reader does not know yet.</summary>
    public bool Missed { get; set; }

    /// <summary>Whether the feed will wake it.</summary>
    public bool Listed { get; set; }

    /// <summary>Nothing more will ever come.</summary>
    public bool Ended { get; set; }

    /// <summary>The timestamp of the last message read: what the reader would resume from.</summary>
    public Timestamp Position { get; set; }

    public bool IsReadyOrListed() => feed.IsReadyOrListed(this);

    public int Take(Span<Frame> batch, int bytes) => feed.Take(this, batch, bytes);

    public void Dispose() => feed.Remove(this);
}
