namespace Malten.Streams;

/// <summary>A user who listens; members are spelled as on the wire.</summary>
/// <param name="User">The label.</param>
/// <param name="Status">What he is doing.</param>
public sealed record PresentUser(string User, PresenceStatus Status);
