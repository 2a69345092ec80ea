using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Life;

/// <summary>The settings with which a stream begins.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Private">Whether it stays off the public list.</param>
/// <param name="TimeToLive">How long it lives after its last message.</param>
public sealed record StreamSettings(StreamName Name, bool Private, TimeToLive TimeToLive)
{
    /// <summary>How many of its newest messages are held.</summary>
    public Retention Keep { get; init; }

    /// <summary>Whoever begins it.</summary>
    public ClientKey Client { get; init; }

    /// <summary>The life of a stream with these settings that has so much time left.</summary>
    public StreamLife LifeOf(TimeSpan timeLeft, TimeProvider time) =>
        new(Name.Value, TimeToLive.Seconds, Keep.Messages, Timestamp.In(timeLeft, time));
}
