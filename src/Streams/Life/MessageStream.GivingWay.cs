using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <content>Giving way: whom the stream is counted to, and its end when others need the room.</content>
public sealed partial class MessageStream
{
    private readonly Action<MessageStream>? _gaveWay;
    private Share? _beginner; // null also for the stream that is everybody's
    private long _idBytes; // that the ids take of messages which are no longer held

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

    private void CountTo(ClientKey client)
    {
        if (Name == StreamName.Default) return;
        _beginner = _capacity.Shares.Enter(client);
        _beginner.Add(Resource.Bytes, EmptyCost + _idBytes);
        _beginner.AddStream(this, Begun);
        _beginner.Leave();
    }

    private void CountToNobody()
    {
        _beginner?.Add(Resource.Streams, -1);
        _beginner?.Add(Resource.Bytes, -EmptyCost - _idBytes);
        _beginner = null;
    }

    private void CountIds(long bytes)
    {
        _idBytes += bytes;
        _capacity.ChangeBytes(bytes);
        _beginner?.Add(Resource.Bytes, bytes);
    }
}
