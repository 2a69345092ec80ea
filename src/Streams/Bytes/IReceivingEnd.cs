namespace Malten.Streams.Bytes;

/// <summary>The receiving end of a channel in one direction, which may be on another node. Thread-safe.</summary>
public interface IReceivingEnd
{
    /// <summary>Tells it from others.</summary>
    Guid Id { get; }

    /// <summary>Offers a body. Once accepted, the receiver reads it.</summary>
    /// <param name="sender">The body.</param>
    /// <param name="more">Whether the channel stays open for another body after this one.</param>
    ValueTask<OfferOutcome> OfferAsync(ByteSender sender, bool more);

    /// <summary>A body that was accepted can't be sent to its end: cuts the receiver off if it is still reading that one.</summary>
    void Abandon(ByteSender sender);

    /// <summary>Cuts the receiver off: the pipe has ended, or another receiver has taken its place.</summary>
    void CutOff();
}

/// <summary>What a receiver says to a body.</summary>
public enum OfferOutcome
{
    /// <summary>It is being received.</summary>
    Accepted,

    /// <summary>Another one is being received.</summary>
    Busy,

    /// <summary>The receiver's node has no room for it.</summary>
    Full,

    /// <summary>The receiver has gone, and has read nothing.</summary>
    Gone,

    /// <summary>The receiver can't be reached, and may have read some of it.</summary>
    Lost,
}
