namespace Malten.Client;

/// <summary>How to ask, and how long to wait for the answer.</summary>
public sealed record AskOptions
{
    /// <summary>
    /// How long to wait for a sign of an answer (a part of it, or that it is being written), counted from the last one, or else from
    /// when the command was accepted. So long a connection that is lost between two parts may take to be back.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// An answer may have several messages, and nothing marks the last: it is taken to be complete when none has come for this long.
    /// </summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For a pipe: one of its two secrets. Not part of the string that <see cref="ToString"/> makes.</summary>
    public string? Seat { get; init; }

    /// <summary>The options, without secrets.</summary>
    public override string ToString() => $"{nameof(AskOptions)} {{ Patience = {Patience}, Settle = {Settle} }}";
}
