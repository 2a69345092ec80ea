namespace Malten.Client;

/// <summary>
/// Messages that this listener has not heard are gone: dropped, expired or lost with a node. What is held after them follows.
/// </summary>
/// <param name="Stream">The stream's name.</param>
public sealed record Gap(string Stream) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => "(some messages are gone)";
}

/// <summary>The stream has ended. Listening goes on, to whatever a later stream of that name brings; a pipe is over.</summary>
/// <param name="Stream">The stream's name.</param>
public sealed record Expired(string Stream) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => "(the stream has ended)";
}

/// <summary>Who listens, or the status of somebody, has changed; told at most once a second and stream.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Presence">Who listens now.</param>
public sealed record PresenceChanged(string Stream, Presence Presence) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => $"({Presence})";
}

/// <summary>A listener has gone.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Listener">Its public handle, as in <see cref="Opened.Listener"/>.</param>
public sealed record ListenerLeft(string Stream, string Listener) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => "(a listener has left)";
}

/// <summary>Something said to those who listen at this moment, and held nowhere. It comes once or not at all.</summary>
public sealed record Signal : StreamItem
{
    /// <summary>The stream's name.</summary>
    public required string Stream { get; init; }

    /// <summary>The sender's <see cref="Opened.Listener"/>, set by the server.</summary>
    public required string From { get; init; }

    /// <summary>The listener to whom it was said; null when it was said to all.</summary>
    public string? To { get; init; }

    /// <summary>What was said; within the limits of a message.</summary>
    public required string Text { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Printable.Line($"(signal: {Text})");
}
