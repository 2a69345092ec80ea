namespace Malten.Client.Encryption;

/// <summary>What the link of a pipe holds besides the seat.</summary>
internal sealed record PipeSecrets(string Stream, byte[] Secret, byte[] Commitment);
