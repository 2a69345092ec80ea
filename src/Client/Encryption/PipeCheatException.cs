namespace Malten.Client.Encryption;

/// <summary>Whoever holds the link does not send what was committed to.</summary>
internal sealed class PipeCheatException : Exception;
