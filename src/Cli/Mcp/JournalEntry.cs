namespace Malten.Cli.Mcp;

/// <summary>What stands in a journal: either a message, or a note between messages. Only its journal changes it.</summary>
internal sealed class JournalEntry(Position place, Heard? message, string? note)
{
    public Position Place { get; } = place;

    public Heard? Message { get; set; } = message;

    public string? Note { get; } = note;

    /// <summary>Whether an agent has been given it.</summary>
    public bool IsGiven { get; set; }
}
