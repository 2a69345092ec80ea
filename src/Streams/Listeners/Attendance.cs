using Malten.Streams.Values;

namespace Malten.Streams.Listeners;

/// <summary>One listener of this node to a stream.</summary>
/// <param name="Listener">The public handle.</param>
/// <param name="User">The label; null without one.</param>
/// <param name="Status">What its user is doing.</param>
/// <param name="Seat">The seat of a pipe, 0 or 1; less than 0 without one.</param>
/// <param name="IsFollowed">Whether its handle is in the reports to other nodes.</param>
/// <param name="Crowd">The listeners of its client, one of whom it is.</param>
internal sealed record Attendance(string Listener, UserLabel? User, PresenceStatus Status, int Seat, bool IsFollowed, Crowd Crowd);
