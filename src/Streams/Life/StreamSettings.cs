using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>The settings with which a stream begins.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Private">Whether it stays off the public list.</param>
/// <param name="TimeToLive">How long it lives after its last message.</param>
public sealed record StreamSettings(StreamName Name, bool Private, TimeToLive TimeToLive)
{
    /// <summary>Whoever begins it.</summary>
    public ClientKey Client { get; init; }
}
