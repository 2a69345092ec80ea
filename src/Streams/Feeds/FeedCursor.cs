using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Streams.Feeds;

/// <summary>One reader's place in a feed. Everything but <see cref="Position"/> is guarded by the feed's lock.</summary>
internal sealed class FeedCursor(Feed feed, AsyncAutoResetEvent wakeup, bool forwards, Crowd? crowd) : IDisposable
{
    public AsyncAutoResetEvent Wakeup { get; } = wakeup;

    /// <summary>Whether what it reads goes to readers elsewhere.</summary>
    public bool Forwards { get; } = forwards;

    /// <summary>The audience that it belongs to, which changes with the crowd; all of them for one of nobody's.</summary>
    public Audience Audience => crowd?.Audience ?? Audience.Everybody;

    public long NextMessage { get; set; }

    public long NextEvent { get; set; }

    public long NextGrowth { get; set; }

    /// <summary>Whether something before the next message is gone and the reader has not been told yet.</summary>
    public bool Missed { get; set; }

    /// <summary>How often the reader has been told that events could not be held.</summary>
    public int Misses { get; set; }

    /// <summary>Whether the cursor is on the feed's list of those to wake.</summary>
    public bool Listed { get; set; }

    /// <summary>Whether the reader is copying what it took.</summary>
    public bool IsReading { get; set; }

    /// <summary>Whether the reader has read everything of a feed that is closed.</summary>
    public bool Ended { get; set; }

    /// <summary>The timestamp of the last message read, from which the reader would resume.</summary>
    public Timestamp Position { get; set; }

    public bool IsReadyOrListed() => feed.IsReadyOrListed(this);

    public int Take(Span<Frame> batch, int bytes) => feed.Take(this, batch, bytes);

    /// <summary>What was taken last is copied or kept.</summary>
    public void Done() => feed.Done(this);

    public void Dispose() => feed.Remove(this);
}
