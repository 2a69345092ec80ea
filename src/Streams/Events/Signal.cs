using System.Text.Json.Serialization;
using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>What one listener says to others that listen now. It is delivered once or not at all, and never held.</summary>
public sealed record Signal
{
    /// <summary>The session of the connection that says it, which hears the stream.</summary>
    public required string Session { get; init; }

    /// <summary>The stream whose listeners are meant.</summary>
    public required StreamAddress Address { get; init; }

    /// <summary>The text.</summary>
    public required MessageText Text { get; init; }

    /// <summary>The public handle of the one listener that it is for; null for all, whoever says it included.</summary>
    public string? To { get; init; }

    /// <summary>Whoever sends it, and is charged for it while it waits.</summary>
    public ClientKey Client { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(signal)"; // neither text nor session may reach a log by interpolation
}

/// <summary>The payload of a signal's event; members are spelled as on the wire.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="From">The public handle of the listener that says it.</param>
/// <param name="To">That of the one that it is for; null for all.</param>
/// <param name="Text">The text.</param>
public sealed record SignalPayload(string Stream, string From, string? To,
    [property: JsonConverter(typeof(TextConverter))] string Text);
