namespace Malten.Cli.Chat;

/// <summary>What somebody has written, and is to be said.</summary>
internal sealed class OutboxLine(string text, Guid id)
{
    public string Text { get; } = text;

    public Guid Id { get; } = id;

    /// <summary>Whether a node is known to have it: it has come back, or there was an answer.</summary>
    public bool IsHeard { get; set; }

    /// <summary>Whether it is to be changed instead of being said.</summary>
    public bool IsTakenBack { get; set; }

    /// <summary>When it was first attempted, as a <see cref="TimeProvider"/> tells: from then on it is sealed. Null before.</summary>
    public long? Begun { get; set; }

    /// <summary>Whether its author has been told that it is no longer fresh.</summary>
    public bool IsOld { get; set; }

    /// <summary>The same line, taken back and said again unchanged: the same message, wherever a node has it already.</summary>
    public OutboxLine Again() => new(Text, Id) { IsHeard = IsHeard, Begun = Begun };
}
