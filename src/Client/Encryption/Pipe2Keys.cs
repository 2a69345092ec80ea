namespace Malten.Client.Encryption;

/// <summary>What both sides of a pipe share after the handshake.</summary>
/// <param name="Root">The ratchet's first root key.</param>
/// <param name="Confirm">The key that authenticates the last frame of the handshake.</param>
/// <param name="Code">The safety code: eight digits in two groups.</param>
/// <param name="Transcript">The hash of all that was said in the handshake.</param>
/// <param name="IsHybrid">Whether ML-KEM-768 was used as well as P-256.</param>
/// <param name="Bytes">The secret of the pipe's byte streams.</param>
internal sealed record Pipe2Keys(byte[] Root, byte[] Confirm, string Code, byte[] Transcript, bool IsHybrid, byte[] Bytes);
