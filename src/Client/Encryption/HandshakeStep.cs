using Malten.Client.Encryption;

namespace Malten.Client;

/// <summary>What a frame of the handshake leads to.</summary>
/// <param name="Answer">A frame to post.</param>
/// <param name="Keys">The keys, once both sides have them.</param>
/// <param name="Ratchet">The ratchet, with the keys.</param>
/// <param name="End">Why there is no pipe.</param>
/// <param name="IsForged">Whether the frame was not made with the link.</param>
internal sealed record HandshakeStep(
    byte[]? Answer = null, Pipe2Keys? Keys = null, Ratchet? Ratchet = null, PipeEnd? End = null, bool IsForged = false)
{
    /// <summary>Nothing: the frame is not for this side, or not now.</summary>
    public static HandshakeStep Nothing { get; } = new();
}
