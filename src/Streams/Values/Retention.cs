namespace Malten.Streams.Values;

/// <summary>
/// How many of a stream's newest messages are held: 0–1024, 1024 by default. With none, a message goes to whoever listens
/// now and is then forgotten.
/// </summary>
public readonly record struct Retention
{
    private readonly int _belowDefault;

    private Retention(int messages) => _belowDefault = StreamLimits.Messages - messages;

    /// <summary>1024 messages.</summary>
    public static Retention Default => default;

    /// <summary>No messages.</summary>
    public static Retention None => new(0);

    /// <summary>The number of messages.</summary>
    public int Messages => StreamLimits.Messages - _belowDefault;

    /// <summary>Reads a number of messages.</summary>
    /// <exception cref="StreamRefusedException">It is outside 0–1024.</exception>
    public static Retention FromMessages(long messages) => messages is >= 0 and <= StreamLimits.Messages
        ? new Retention((int)messages)
        : throw StreamRefusedException.BadValue("keep", $"'keep' is a number of messages from 0 to {StreamLimits.Messages}.");
}
