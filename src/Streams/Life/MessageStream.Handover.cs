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
            var before = _newest;
            _newest = snapshot.Begun.Previous;
            Feed.Begin(_newest, snapshot.Evicted);
            Accept(snapshot.Messages, snapshot.TimeLeft);
            _newest = Timestamp.Max(_newest, before);
        }
    }

    /// <summary>Appends messages that another node has put in order; skips those held already. Capacity limits do not apply.</summary>
    public void Accept(IEnumerable<Frame> messages, TimeSpan timeLeft)
    {
        lock (Gate)
        {
            foreach (var message in messages.Where(message => message.Timestamp > _newest))
            {
                Feed.Hold(message);
                Append(message);
                _newest = message.Timestamp;
            }

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
                BegunBy = _begunBy, EvictedLately = messages > 0 && _evictedIds is { } ids ? ids.All : [],
            };
        }
    }
}
