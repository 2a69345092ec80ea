namespace Malten.Streams;

/// <summary>A message to be stored.</summary>
public sealed record Draft
{
    /// <summary>Where to.</summary>
    public required StreamAddress Address { get; init; }

    /// <summary>The text.</summary>
    public required MessageText Text { get; init; }

    /// <summary>Who says it, if he wants to be called something.</summary>
    public UserLabel? User { get; init; }

    /// <summary>The client's own id: a draft whose id the stream holds already is answered with that message.</summary>
    public Guid? Id { get; init; }

    /// <summary>Whether the id was made for this very post: nothing that is held has it, and none is looked for.</summary>
    public bool IsNew { get; init; }

    /// <summary>The command that this answers.</summary>
    public Guid? ReplyTo { get; init; }

    /// <summary>
    /// When not 0, the draft is for the stream that began at this moment and is refused as
    /// <see cref="Refusal.Ended"/> when that one has ended.
    /// </summary>
    public long Begun { get; init; }
}
