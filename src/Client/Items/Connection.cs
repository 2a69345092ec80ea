using System.Globalization;

namespace Malten.Client;

/// <summary>A connection to a node is open: the first item of each connection.</summary>
public sealed record Opened : StreamItem
{
    /// <summary>The node.</summary>
    public required Uri Node { get; init; }

    /// <summary>
    /// A secret of this connection: it goes with statuses (<see cref="MaltenClient.SetStatusAsync"/>) and signals, and changes
    /// with every connection. Not part of the string that <see cref="ToString"/> makes.
    /// </summary>
    public required string Session { get; init; }

    /// <summary>The public handle of this connection, by which signals are addressed; null when the node has no signals.</summary>
    public string? Listener { get; init; }

    /// <summary>What is heard on it.</summary>
    public required IReadOnlyList<string> Streams { get; init; }

    /// <summary>How long the streams that are in use live; empty when the node does not say.</summary>
    public IReadOnlyList<StreamLife> Lives { get; init; } = [];

    /// <summary>When the node says that it was opened, by its clock.</summary>
    public Timestamp At { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(connected)";
}

/// <summary>The settings of a stream that is in use, and when it ends.</summary>
/// <param name="Stream">The stream's name.</param>
/// <param name="Ttl">How long it lives after its last message: 1–86,400 seconds.</param>
/// <param name="Keep">How many of the newest messages the servers hold: 0–1024.</param>
/// <param name="Ends">When it ends unless a message comes; null when the node does not say.</param>
public sealed record StreamLife(string Stream, TimeSpan Ttl, int Keep, Timestamp? Ends);

/// <summary>
/// The connection has ended or could not be made. The client waits and tries again by itself, at the next node if there are
/// several; nothing is missed unless a <see cref="Gap"/> says so.
/// </summary>
public sealed record Disconnected : StreamItem
{
    /// <summary>The node.</summary>
    public required Uri Node { get; init; }

    /// <summary>How long the client waits before the next attempt.</summary>
    public required TimeSpan RetryIn { get; init; }

    /// <summary>What happened; null when the node closed the connection in good order, as one that stops does.</summary>
    public MaltenException? Cause { get; init; }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"(disconnected; trying again in {RetryIn.TotalSeconds:0.#} s)");
}

/// <summary>
/// The node needs the room of this connection for others and is about to close it. The client comes back when the node has asked
/// it to.
/// </summary>
/// <param name="Reason">A sentence for people.</param>
public sealed record Dismissed(string Reason) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => Printable.Line($"({Reason})");
}
