namespace Malten.Membership;

/// <summary>What to have accepted next, and what the call ends with once it is.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Writes">Whether the entry is a new one, or the one that was found.</param>
/// <param name="Result">The end of the call.</param>
internal sealed record Step(Entry Entry, bool Writes, RegisterResult Result);
