namespace Malten.Testing.Histories.Checking;

/// <summary>A promise that a history shows broken.</summary>
/// <param name="Kind">Which promise.</param>
/// <param name="Stream">The stream.</param>
/// <param name="Details">What was expected and what was found, with the numbers of operations.</param>
public sealed record Violation(ViolationKind Kind, string Stream, string Details)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Kind}: {Stream}: {Details}";
}

/// <summary>What a history can show broken.</summary>
public enum ViolationKind
{
    /// <summary>A message that was acknowledged or seen is in no page that was asked for later.</summary>
    Lost,

    /// <summary>A page lacks a message that was acknowledged or seen before the page was asked for, and later pages have it.</summary>
    Stale,

    /// <summary>A message was acknowledged, and no page was read afterwards: the history proves nothing about it.</summary>
    Unread,

    /// <summary>A page holds a message twice, or a listener heard one twice.</summary>
    Repeated,

    /// <summary>
    /// A page is not in order, two messages have one timestamp, or one was acknowledged before another was sent and has
    /// the larger timestamp.
    /// </summary>
    Reordered,

    /// <summary>A message was seen that nobody had sent to this stream.</summary>
    Invented,

    /// <summary>A message was seen with another text than was sent, or with two timestamps.</summary>
    Altered,

    /// <summary>A listener missed, with no gap declared, a message that others saw.</summary>
    Missed,

    /// <summary>A listener heard a message that is older than its cursor, with no gap declared.</summary>
    Backward,

    /// <summary>A listener was told that the stream has ended, though streams outlive a run.</summary>
    Ended,
}
