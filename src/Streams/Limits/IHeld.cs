using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>Holds messages of clients, each known by its timestamp: a feed.</summary>
internal interface IMessageHolder
{
    /// <summary>Lets go of a message, if it is still held. Called without any lock.</summary>
    void GiveUp(Timestamp message);

    /// <summary>Lets go of all events that are not messages. Called without any lock.</summary>
    void GiveUpEvents();

    /// <summary>Whether a message is known to be gone. Takes no lock.</summary>
    bool IsGone(Timestamp message);
}

/// <summary>A stream that a client began, known by when that was.</summary>
internal interface IBegunStream
{
    /// <summary>
    /// Ends the stream that began then, unless others have posted to it and it need not end <paramref name="anyway"/>; false
    /// when it is still there. Called without any lock.
    /// </summary>
    bool GiveWay(Timestamp begun, bool anyway);

    /// <summary>Whether that stream is still the one in use. Takes no lock.</summary>
    bool IsSince(Timestamp begun);
}
