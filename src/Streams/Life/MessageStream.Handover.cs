using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Handover: what another node needs to go on with the stream, and going on with what another node held.</content>
public sealed partial class MessageStream
{
    /// <summary>All that another node needs to go on with this stream; null when none is in use.</summary>
    public StreamSnapshot? Capture() => Capture(StreamLimits.Messages);

    /// <summary>The same without the messages.</summary>
    public StreamSnapshot? Describe() => Capture(0);

    /// <summary>Goes on with a stream that another node held, in place of whatever is held here.</summary>
    public void Restore(StreamSnapshot snapshot)
    {
        lock (Gate)
        {
            if (!Begun.IsNone) End();
            _capacity.ChangeBytes(EmptyCost);
            _capacity.RestoreStream();
            (_settings, _seats, Begun) = (snapshot.Settings, snapshot.Seats, snapshot.Begun);
            var before = _newest;
            _newest = snapshot.Begun.Previous;
            Feed.Begin(_newest, snapshot.Evicted);
            Accept(snapshot.Messages, snapshot.TimeLeft);
            _newest = Timestamp.Max(_newest, before);
        }
    }

    /// <summary>Takes messages that another node has put in order; those that are held already are passed over.</summary>
    public void Accept(IEnumerable<Frame> messages, TimeSpan timeLeft)
    {
        lock (Gate)
        {
            foreach (var message in messages.Where(message => message.Timestamp > _newest))
            {
                _capacity.ChangeBytes(Feed.Cost(message));
                Feed.Append(message);
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
            return Begun.IsNone ? null : new StreamSnapshot(_settings, _seats, Begun, Feed.Evicted, TimeLeft,
                Feed.Page(PageDirection.Forward, messages, Timestamp.None));
        }
    }
}
