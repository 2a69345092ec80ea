namespace Malten.Client;

/// <summary>A message as it is stored.</summary>
public sealed record Message : StreamItem
{
    /// <summary>A UUID: the one with which it was posted, which this client makes itself (version 7).</summary>
    public required Guid Id { get; init; }

    /// <summary>The text: up to 1024 Unicode characters, or up to 6,144 when it is encrypted and begins with <c>enc2.</c></summary>
    public required string Text { get; init; }

    /// <summary>When it was stored; the place from which to resume after it.</summary>
    public required Timestamp Created { get; init; }

    /// <summary>The stream's name.</summary>
    public required string Stream { get; init; }

    /// <summary>The label of whoever wrote it, up to 32 characters; null when none was given. Anyone may use any label.</summary>
    public string? User { get; init; }

    /// <summary>The id of the <see cref="Command"/> that it answers; null when it answers none.</summary>
    public Guid? ReplyTo { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Printable.Line(User is null ? Text : $"{User}: {Text}");
}
