using Malten.Streams.Values;

namespace Malten.Streams.Events;

/// <summary>A message to be stored.</summary>
public sealed record Draft
{
    /// <summary>The stream to which it is posted.</summary>
    public required StreamAddress Address { get; init; }

    /// <summary>The text.</summary>
    public required MessageText Text { get; init; }

    /// <summary>The label of the writer, if one was given.</summary>
    public UserLabel? User { get; init; }

    /// <summary>Whoever posts it, and is charged for the answer where it is also a command; the default for what the node itself posts.</summary>
    public ClientKey Client { get; init; }

    /// <summary>The client's own id. A draft whose id the stream holds already is answered with the message held.</summary>
    public Guid? Id { get; init; }

    /// <summary>Whether the id was generated for this post, so that the stream need not be searched for it.</summary>
    public bool IsNew { get; init; }

    /// <summary>The id of the command that this message answers.</summary>
    public Guid? ReplyTo { get; init; }

    /// <summary>
    /// When given, the draft is meant for the stream that began at this moment, and is refused with
    /// <see cref="Refusal.Ended"/> once that stream has ended.
    /// </summary>
    public Timestamp Begun { get; init; }
}
