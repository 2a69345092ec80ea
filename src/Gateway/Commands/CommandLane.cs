using Malten.Streams.Values;

namespace Malten.Gateway.Commands;

/// <summary>One stream's share of a <see cref="CommandQueue"/>, which guards it.</summary>
internal sealed class CommandLane(StreamName stream)
{
    /// <summary>The stream.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>The waiting commands, the oldest first.</summary>
    public List<WaitingCommand> Waiting { get; } = [];

    /// <summary>Places in use: those of <see cref="Waiting"/>, and those reserved for commands not yet added.</summary>
    public int Places { get; set; }

    /// <summary>How many of its commands are running.</summary>
    public int Running { get; set; }

    /// <summary>Whether it is queued for its next command to run.</summary>
    public bool HasTurn { get; set; }
}
