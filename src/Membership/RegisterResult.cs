namespace Malten.Membership;

/// <summary>What a call to the register brought.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Generation">The generation it found; null if no majority answered.</param>
/// <param name="Version">How often the value was changed in this generation.</param>
/// <param name="Value">The value after the call; null if it was never set, or if the call could not tell. Not a copy.</param>
public sealed record RegisterResult(
    RegisterOutcome Outcome, Generation? Generation = null, long Version = 0, byte[]? Value = null)
{
    /// <summary>Whether the value was read or changed in the generation that the caller knows.</summary>
    public bool Succeeded => Outcome is RegisterOutcome.Changed or RegisterOutcome.Unchanged;
}
