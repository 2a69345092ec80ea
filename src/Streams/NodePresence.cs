namespace Malten.Streams;

/// <summary>Who listens to a stream on one node.</summary>
/// <param name="Presence">As others may see it.</param>
/// <param name="AtFirstSeat">For a pipe: listeners at its first seat.</param>
/// <param name="AtSecondSeat">For a pipe: listeners at its second seat.</param>
/// <param name="Number">Grows with each report of a node: they may overtake each other on the way.</param>
public sealed record NodePresence(Presence Presence, int AtFirstSeat = 0, int AtSecondSeat = 0, long Number = 0);
