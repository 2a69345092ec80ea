using Malten.Streams.Events;
using Malten.Streams.Listeners;

namespace Malten.Streams.Feeds;

/// <content>Events that are not messages: held for the listeners of the moment.</content>
public sealed partial class Feed
{
    // Events matter only to the listeners of the moment; this many are kept for the slowest of them, or one for each
    // listener, for where whoever leaves is named, all of them may at once.
    private const int EventsHeld = 64;
    private const int MostEventsHeld = 4096;

    private readonly Ring<PlacedEvent> _events = new(MostEventsHeld);
    private long _missedEvents;
    private List<long>? _passingEvents; // where passing events are that are still held: the newest for each audience
    private int _audience;
    private int _misses;

    /// <summary>
    /// Adds an event that is not a message, for the current readers. When too many events are held, the oldest is
    /// dropped; a reader that had not read it gets a <c>gap</c> event, unless the dropped event was a passing one. Of passing
    /// events the newest alone is held for each audience, so that what a reader costs that takes nothing does not grow with the time. A passing
    /// event, or an answer that is being written, is left out where the memory is full.
    /// </summary>
    public void Announce(Frame announcement)
    {
        lock (_gate)
        {
            if (_closed || _cursors == 0) return;
            EndGrowth(announcement.Id);
            if (announcement.Kind == FrameKind.Growing)
            {
                Grow(announcement);
                return;
            }

            if (announcement.Kind != FrameKind.Passing) _capacity.ChangeBytes(Cost(announcement));
            else
            {
                Supersede(announcement.Except);
                if (!_capacity.TryAddBytesForListeners(Cost(announcement))) return;
                (_passingEvents ??= []).Add(_events.Next);
            }

            Place(announcement);
        }
    }

    /// <summary>
    /// The same for an event that may be refused; false when the memory is full. One that <paramref name="isElsewhere"/> was
    /// accepted by the node that has the stream, and the listeners here are to hear it while there is room for listeners; it is
    /// counted here to whoever sent it.
    /// </summary>
    public bool TryAnnounce(Frame announcement, bool isElsewhere = false)
    {
        lock (_gate)
        {
            if (_closed || _cursors == 0) return true;
            EndGrowth(announcement.Id);
            var cost = Cost(announcement);
            if (!(isElsewhere ? _capacity.TryAddBytesForListeners(cost) : _capacity.TryAddBytes(cost))) return false;
            var author = isElsewhere && announcement.Client != default ? _capacity.Shares.Enter(announcement.Client) : null;
            Place(author is null ? announcement : announcement with { Author = author });
            author?.Leave();
            return true;
        }
    }

    /// <summary>
    /// Says how many listen, here and elsewhere, of whom each is told when it leaves. As many events are held, until all readers have
    /// read them.
    /// </summary>
    public void Expect(int audience)
    {
        lock (_gate) _audience = _events.Count == 0 ? audience : Math.Max(_audience, audience);
    }

    /// <summary>Has every reader told of a gap: an event could not be held. What is held is read after that.</summary>
    public void Miss()
    {
        lock (_gate)
        {
            if (_closed || _cursors == 0) return;
            _misses++;
            WakeReaders();
        }
    }

    private void Place(Frame announcement)
    {
        announcement.Author?.AddEvent(this, Cost(announcement));
        if (_events.Count >= Math.Clamp(_audience, EventsHeld, MostEventsHeld)) RemoveFirstEvent();
        _events.Add(new PlacedEvent(announcement.Keep(), _messages.Next));
        WakeReaders();
    }

    private void RemoveEvents()
    {
        while (_events.Count > 0) RemoveFirstEvent();
        _events.Clear();
        EndAllGrowth();
    }

    private void RemoveFirstEvent()
    {
        var gone = _events.RemoveFirst();
        if (gone.IsSuperseded) return;
        if (gone.Frame.Kind != FrameKind.Passing) _missedEvents = _events.First;
        gone.Frame.Author?.RemoveEvent(this, Cost(gone.Frame));
        ReleaseEvent(gone);
    }

    /// <summary>
    /// A passing event comes for all but some: lets go of those before that were for nobody else, of which an empty place is left.
    /// </summary>
    private void Supersede(Audience except)
    {
        _passingEvents?.RemoveAll(ordinal =>
        {
            if (ordinal < _events.First) return true;
            var old = _events[ordinal];
            var rest = old.Frame with { Except = old.Frame.Except | (Audience.Everybody & ~except) };
            var isOver = rest.Except == Audience.Everybody;
            _events[ordinal] = old with { Frame = isOver ? default : rest };
            if (isOver) ReleaseEvent(old);
            return isOver;
        });
    }

    private void ReleaseEvent(PlacedEvent gone)
    {
        _capacity.ChangeBytes(-Cost(gone.Frame));
        LetGo(gone.Frame);
    }

    /// <summary>An event, and the ordinal of the message before which it is read.</summary>
    private readonly record struct PlacedEvent(Frame Frame, long Before)
    {
        /// <summary>Whether only the place is left, because a later event says all that it said.</summary>
        public bool IsSuperseded => Frame.Bytes.Length == 0;

        /// <summary>Whether a reader is to have it.</summary>
        public bool IsFor(FeedCursor cursor) => !IsSuperseded && (Frame.Except == Audience.Nobody || (cursor.Audience & ~Frame.Except) != 0);
    }
}
