using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>A message to be stored.</summary>
public sealed record Draft
{
    /// <summary>Where to.</summary>
    public required StreamAddress Address { get; init; }

    /// <summary>The text.</summary>
    public required MessageText Text { get; init; }

    /// <summary>The label of whoever says it, if they gave one.</summary>
    public UserLabel? User { get; init; }

    /// <summary>The client's own id: a draft whose id the stream holds already is answered with that message.</summary>
    public Guid? Id { get; init; }

    /// <summary>Whether the id was made for this very post: nothing that is held has it, and none is looked for.</summary>
    public bool IsNew { get; init; }

    /// <summary>The command that this answers.</summary>
    public Guid? ReplyTo { get; init; }

    /// <summary>
    /// When given, the draft is for the stream that began at this moment and is refused as
    /// <see cref="Refusal.Ended"/> when that one has ended.
    /// </summary>
    public Timestamp Begun { get; init; }
}
