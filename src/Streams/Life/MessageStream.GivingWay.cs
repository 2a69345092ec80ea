using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Giving way: whom the stream is counted to, and its end when others need the room.</content>
public sealed partial class MessageStream
{
    // Of what others post, whoever began the stream is counted the ids of as many messages as a stream may hold: otherwise a few could
    // make anybody whoever holds most, whose messages everywhere then go first. Their pace bounds the rest.
    private const int MostIdBytesOfOthers = 64 * StreamLimits.Messages;

    private readonly Action<MessageStream>? _gaveWay;
    private Share? _beginner; // null also for the stream that is everybody's
    private long _ownIdBytes; // that the ids take of messages which are no longer held and which whoever began the stream posted
    private long _otherIdBytes; // the same of those that others posted

    bool IBegunStream.GiveWay(Timestamp begun, bool anyway)
    {
        lock (Gate)
        {
            if (Begun != begun || _beginner is not { } beginner) return true;
            if (_staged > 0 || (!anyway && (Feed.HoldsOfOthers(beginner) || IsTalk))) return false;
            SetDeadline(TimeSpan.Zero);
            ExpireIfDue();
        }

        _gaveWay?.Invoke(this);
        return true;
    }

    bool IBegunStream.IsSince(Timestamp begun) => Begun == begun;

    /// <summary>Whether others may have spoken here, of which nothing is held.</summary>
    private bool IsTalk => Keep == Retention.None && _board.Count > 1;

    /// <summary>What whoever began the stream is counted for it.</summary>
    private long Charged => EmptyCost + _ownIdBytes + Math.Min(_otherIdBytes, MostIdBytesOfOthers);

    private void CountTo(ClientKey client)
    {
        if (Name == StreamName.Default) return;
        _beginner = _capacity.Shares.Enter(client);
        _beginner.Add(Resource.Bytes, Charged);
        _beginner.AddStream(this, Begun);
        _beginner.Leave();
    }

    private void CountToNobody()
    {
        _beginner?.Add(Resource.Streams, -1);
        _beginner?.Add(Resource.Bytes, -Charged);
        _beginner = null;
    }

    private void CountIds(long bytes, bool isOwn)
    {
        var before = Charged;
        if (isOwn) _ownIdBytes += bytes;
        else _otherIdBytes += bytes;
        _capacity.ChangeBytes(bytes);
        if (Charged != before) _beginner?.Add(Resource.Bytes, Charged - before);
    }
}
