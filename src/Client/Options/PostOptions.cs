namespace Malten.Client;

/// <summary>How to post.</summary>
public sealed record PostOptions
{
    /// <summary>The label of whoever writes: 1–32 characters. Null posts without one.</summary>
    public string? User { get; init; }

    /// <summary>
    /// A UUID of the caller's own, so that a post repeated by another process, too, is stored once. Null lets the client make one
    /// (version 7).
    /// </summary>
    public Guid? Id { get; init; }

    /// <summary>For a pipe: one of its two secrets. Not part of the string that <see cref="ToString"/> makes.</summary>
    public string? Seat { get; init; }

    /// <summary>The label and the id, without secrets.</summary>
    public override string ToString() => $"{nameof(PostOptions)} {{ User = {User}, Id = {Id} }}";
}
