using Malten.Membership.Protocol;

namespace Malten.Membership.Registers;

/// <summary>How a call to the register ended.</summary>
public enum RegisterOutcome
{
    /// <summary>The value was changed, exactly once.</summary>
    Changed,

    /// <summary>The value was read and not changed: the call only read, or the change function returned null.</summary>
    Unchanged,

    /// <summary>No majority of the seeds answered in time. Nothing was changed.</summary>
    NoQuorum,

    /// <summary>Time ran out during the change: it may have taken effect, or may still do so, at most once.</summary>
    Unknown,

    /// <summary>
    /// The generation that this register was bound to is over and its value lost. Nothing was changed in the new one.
    /// </summary>
    GenerationChanged,
}

/// <summary>The result of a call to the register.</summary>
/// <param name="Outcome">How the call ended.</param>
/// <param name="Generation">The generation that the call found; null if no majority answered.</param>
/// <param name="Version">How often the value was changed in this generation.</param>
/// <param name="Value">
/// The value after the call; null if it was never set, or if the call could not tell. Not a copy.
/// </param>
public sealed record RegisterResult(
    RegisterOutcome Outcome, Generation? Generation = null, long Version = 0, byte[]? Value = null)
{
    /// <summary>Whether the value was read or changed in the generation that the caller is bound to.</summary>
    public bool Succeeded => Outcome is RegisterOutcome.Changed or RegisterOutcome.Unchanged;

    /// <summary>Returns this result if the call succeeded.</summary>
    /// <exception cref="RegisterException">The call did not succeed.</exception>
    public RegisterResult EnsureSucceeded() => Succeeded ? this : throw new RegisterException(Outcome, Generation);
}
