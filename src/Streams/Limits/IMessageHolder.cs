using Malten.Streams.Values;

namespace Malten.Streams.Limits;

/// <summary>Holds messages of clients, each known by its timestamp: a feed.</summary>
internal interface IMessageHolder : IEventHolder
{
    /// <summary>Lets go of a message, if it is still held. Called without any lock.</summary>
    void GiveUp(Timestamp message);

    /// <summary>Whether a message is known to be gone. Takes no lock.</summary>
    bool IsGone(Timestamp message);
}
