namespace Malten.Streams.Limits;

/// <summary>Holds events of clients, that are not messages: a feed, or what waits for a listener.</summary>
internal interface IEventHolder
{
    /// <summary>Lets go of the events of a client, and of others if need be. Called without any lock.</summary>
    void GiveUpEvents(Share of);
}
