using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>A message of an encrypted stream, which its author signed.</summary>
public sealed record EncryptedMessage : StreamItem
{
    /// <summary>A UUID.</summary>
    public required Guid Id { get; init; }

    /// <summary>The text: up to 1024 characters.</summary>
    public required string Text { get; init; }

    /// <summary>When the server says that it was stored; the place from which to resume after it.</summary>
    public required Timestamp Created { get; init; }

    /// <summary>The stream's name on the server.</summary>
    public required string Stream { get; init; }

    /// <summary>The name that its author uses, up to 32 characters; null for none. Anyone may use any name: see <see cref="Author"/>.</summary>
    public string? Name { get; init; }

    /// <summary>The author's public key, in base64url: proved to be the same as before, not to be a certain person's.</summary>
    public required string Author { get; init; }

    /// <summary>Whether this room wrote it.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>When its author says that it was written.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>
    /// Whether its author handed it over, in a stream that leaves no trace, instead of a server when it was said. Then
    /// <see cref="Created"/> is the author's word, too.
    /// </summary>
    public bool IsHandedOver { get; init; }

    /// <summary>What it and the other messages say against each other, as far as they have come. A <see cref="FindingsChanged"/> tells of more.</summary>
    public Findings Findings { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Printable.Line(Name is null ? Text : $"{VisibleName.Of(Name)}: {Text}");
}

/// <summary>What came later has changed what is known about a message that was yielded before.</summary>
/// <param name="Message">The message, with its findings now.</param>
public sealed record FindingsChanged(EncryptedMessage Message) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => $"(a message: {Message.Findings})";
}

/// <summary>A message that can't be shown. Anybody who knows the stream's name can post such.</summary>
/// <param name="Id">A UUID.</param>
/// <param name="Created">When it was stored.</param>
/// <param name="Fault">What is wrong with it.</param>
public sealed record UnreadableMessage(Guid Id, Timestamp Created, MessageFault Fault) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => Fault switch
    {
        MessageFault.NotSigned => "(a message that is not signed by the author whom it names)",
        MessageFault.Copy => "(a copy of another message)",
        _ => "(a message that does not decrypt)",
    };
}

/// <summary>A message in an encrypted stream that is not encrypted: anybody, and the server, can have written it.</summary>
/// <param name="Message">The message.</param>
public sealed record UnencryptedMessage(Message Message) : StreamItem
{
    /// <inheritdoc/>
    public override string ToString() => $"(not encrypted) {Message}";
}

/// <summary>What can be wrong with a message of an encrypted stream.</summary>
public enum MessageFault
{
    /// <summary>It does not decrypt: it was sealed with another key, or changed or moved on its way.</summary>
    NotSealed,

    /// <summary>It is not signed by the author whom it names, or not well formed.</summary>
    NotSigned,

    /// <summary>It is a copy of another message, under another id.</summary>
    Copy,
}
