namespace Malten.Client.Encryption;

/// <summary>Whoever holds the link began the handshake anew, as one does who tries out safety codes.</summary>
internal sealed class PipeRepeatException : Exception;
