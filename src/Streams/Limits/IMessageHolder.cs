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
