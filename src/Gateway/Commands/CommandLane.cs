using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>One stream's share of a <see cref="CommandQueue"/>, which guards it.</summary>
internal sealed class CommandLane(StreamName stream)
{
    /// <summary>Whose it is.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>The commands that wait, the oldest first.</summary>
    public Queue<WaitingCommand> Waiting { get; } = new();

    /// <summary>Places taken: those of <see cref="Waiting"/>, and those set aside for commands on their way.</summary>
    public int Places { get; set; }

    /// <summary>Commands that are worked on.</summary>
    public int Running { get; set; }

    /// <summary>Whether its next command is in line to be worked on.</summary>
    public bool HasTurn { get; set; }
}
