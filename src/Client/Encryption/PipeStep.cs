using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>What a message of a pipe leads to.</summary>
/// <param name="Items">What whoever listens is told.</param>
/// <param name="Frames">Frames of the handshake to post, without which the pipe can't open.</param>
/// <param name="Note">A message to post.</param>
internal sealed record PipeStep(IReadOnlyList<StreamItem> Items, IReadOnlyList<string> Frames, (Guid Id, string Message)? Note = null)
{
    public static PipeStep Nothing { get; } = new([], []);

    /// <summary>Whether a text has come, which is to be acknowledged within a second or so.</summary>
    public bool AsksForReceipt { get; init; }

    /// <summary>Whether the message proves that the other side was there.</summary>
    public bool IsFromOtherSide { get; init; }

    /// <summary>What the other side says about a byte stream.</summary>
    public ByteWord? Word { get; init; }

    public static PipeStep Of(StreamItem item) => new([item], []);
}
