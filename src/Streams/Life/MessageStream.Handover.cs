using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Handover: capturing a stream for another node, and continuing one that another node held.</content>
public sealed partial class MessageStream
{
    /// <summary>Everything another node needs to continue this stream; null when no stream is in use.</summary>
    public StreamSnapshot? Capture() => Capture(StreamLimits.Messages);

    /// <summary>The same as <see cref="Capture()"/>, without the messages.</summary>
    public StreamSnapshot? Describe() => Capture(0);

    /// <summary>
    /// The same for a gateway that knows the stream which began then, as far as <paramref name="last"/>, with what it lacks of
    /// it: also messages that are no longer held, while they are on their way to others.
    /// </summary>
    public StreamSnapshot? CaptureFor(Timestamp begun, Timestamp last)
    {
        lock (Gate)
        {
            if (Describe() is not { } stream || stream.Begun != begun) return Capture();
            var (messages, gone) = Feed.After(last);
            return stream with { Messages = messages, Evicted = gone };
        }
    }

    /// <summary>Continues a stream that another node held, in place of any stream held here. Capacity limits do not apply.</summary>
    public void Restore(StreamSnapshot snapshot)
    {
        lock (Gate)
        {
            if (!Begun.IsNone) End();
            _capacity.ChangeBytes(EmptyCost);
            _capacity.RestoreStream();
            (_settings, _seats, Begun, _begunBy) = (snapshot.Settings, snapshot.Seats, snapshot.Begun, snapshot.BegunBy);
            foreach (var message in snapshot.EvictedLately) Remember(message);
            if (_gaveWay is not null) CountTo(_settings.Client); // a copy does not end by giving way: its stream does
            Feed.Begin(Begun.Previous, snapshot.Evicted, Keep);
            Accept(snapshot.Messages, snapshot.TimeLeft);
            _newest = Timestamp.Max(_newest, Timestamp.Max(Begun.Previous, snapshot.Evicted));
        }
    }

    /// <summary>
    /// Appends messages that another node has put in order, and counts them to whoever posted them; skips those held already.
    /// Before them come those that the stream has had and does not hold. Capacity limits do not apply.
    /// </summary>
    public void Accept(IEnumerable<Frame> messages, TimeSpan timeLeft, params IReadOnlyList<EvictedMessage> passed)
    {
        lock (Gate)
        {
            foreach (var message in passed)
            {
                Remember(message);
                Feed.Skip(message.Created);
                _newest = Timestamp.Max(_newest, message.Created);
            }

            var newest = Feed.NewestHeld;
            foreach (var message in messages.Where(message => message.Timestamp > newest))
            {
                var author = _capacity.Shares.Enter(message.Client);
                var counted = message with { Author = author };
                Feed.Hold(counted);
                author.Leave();
                Append(counted);
                newest = message.Timestamp;
            }

            _newest = Timestamp.Max(_newest, newest);
            SetDeadline(timeLeft);
        }
    }

    private StreamSnapshot? Capture(int messages)
    {
        lock (Gate)
        {
            ExpireIfDue();
            return Begun.IsNone ? null : new StreamSnapshot(_settings, _seats, Begun, Feed.Evicted, TimeLeftOnceCommitted,
                Feed.Page(PageDirection.Forward, messages, Timestamp.None))
            {
                BegunBy = _begunBy, EvictedLately = messages > 0 ? NotHeld() : [],
            };
        }
    }

    /// <summary>The messages that are gone and of which a repeated post is still recognized.</summary>
    private IReadOnlyList<EvictedMessage> NotHeld() => (_evictedIds?.All ?? [], Feed.GonePlaces) switch
    {
        (var evicted, []) => evicted,
        (var evicted, var gone) => [.. evicted, .. gone.Select(place => new EvictedMessage(place.Id, place.Timestamp))],
    };
}
