namespace Malten.Streams;

/// <summary>The payload of a command's event; members are spelled as on the wire.</summary>
/// <param name="Prompt">What was asked.</param>
/// <param name="Stream">The stream in which it was asked.</param>
public sealed record CommandPayload(string Prompt, string Stream);
