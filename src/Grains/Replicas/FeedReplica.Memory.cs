using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Grains.Replicas;

/// <content>The memory that its messages take: to which of its listeners it is counted, and letting go of it.</content>
internal sealed partial class FeedReplica : IChargedMemory
{
    // Enough for listeners that keep up. Whoever resumes from before gets a gap, and reads the rest from the stream itself.
    private const int HeldWhenFull = 64;

    private Place? _payer; // the listener for whom its messages are held
    private long _charged;
    private bool _isCountedElsewhere;
    private Timestamp _newestOwn; // of the messages that came before the stream did
    private Timestamp _shortened; // the newest message that it evicted for want of room
    private bool _asksForAll;

    /// <summary>
    /// Counts its messages elsewhere, because its stream has come to this silo or gone: then to nobody here if they
    /// <paramref name="areShared"/> with the stream. Those are not that came while the stream was elsewhere: as long as one of
    /// them is held, all go on counting.
    /// </summary>
    public void CountIn(Capacity messageCapacity, bool areShared)
    {
        lock (Gate)
        {
            if (!areShared) _newestOwn = Timestamp.None;
            else if (!_isCountedElsewhere && _newestOwn.IsNone) _newestOwn = Feed.NewestHeld;
            if (areShared && Feed.Count > 0 && Feed.OldestHeld <= _newestOwn) return;
            Feed.CountMessagesIn(messageCapacity);
            _isCountedElsewhere = areShared;
            Charge();
        }
    }

    /// <summary>
    /// Whether it has evicted, for want of room, what a listener that resumes has yet to hear, and there is room again. The next
    /// subscription then asks for all messages of the stream.
    /// </summary>
    public bool Lacks(Timestamp heard)
    {
        lock (Gate)
        {
            var lacks = heard < _shortened && !capacity.HasLittleRoom;
            _asksForAll |= lacks;
            return lacks;
        }
    }

    /// <summary>The oldest messages go, and no listener for them: the next would be charged for them.</summary>
    void IChargedMemory.GiveUp(long bytes)
    {
        lock (Gate)
        {
            if (_charged == 0) return; // they are another's by now, or shared
            Feed.EvictBytes(bytes);
            _shortened = Feed.Evicted;
            Charge();
        }
    }

    private void ShortenIfFull()
    {
        if (_isCountedElsewhere || !capacity.IsFullForListeners || Feed.Count <= HeldWhenFull) return;
        Feed.Shorten(HeldWhenFull);
        _shortened = Feed.Evicted;
    }

    private void TakeBack(StreamSnapshot whole)
    {
        Feed.TakeBack(whole.Messages, whole.Evicted);
        (_shortened, _asksForAll) = (Timestamp.None, false);
        ShortenIfFull();
    }

    /// <summary>Counts what its messages take to one of its listeners.</summary>
    private void Charge()
    {
        _payer ??= _places.Values.FirstOrDefault();
        var bytes = _isCountedElsewhere || _payer is null ? 0 : Feed.MessageBytes;
        _payer?.Charge(this, bytes - _charged);
        _charged = bytes;
    }

    private void ChargeAnother()
    {
        _payer?.Charge(this, -_charged);
        (_payer, _charged) = (null, 0);
        Charge();
    }
}
