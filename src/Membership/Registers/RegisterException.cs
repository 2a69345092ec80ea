using Malten.Membership.Protocol;

namespace Malten.Membership.Registers;

/// <summary>The register could not be read or changed.</summary>
/// <param name="outcome">NoQuorum, Unknown or GenerationChanged.</param>
/// <param name="generation">The current generation, if the outcome is GenerationChanged.</param>
public sealed class RegisterException(RegisterOutcome outcome, Generation? generation)
    : Exception(outcome switch
    {
        RegisterOutcome.NoQuorum => "No majority of the seeds answered in time. Nothing was changed.",
        RegisterOutcome.Unknown =>
            "Time ran out during the change: it may have taken effect, or may still do so, at most once.",
        _ => $"A majority of the seeds lost its memory, and generation {generation} began empty. "
            + "Adopt it and join again.",
    })
{
    /// <summary>Why the call failed.</summary>
    public RegisterOutcome Outcome { get; } = outcome;

    /// <summary>The current generation, if the outcome is GenerationChanged; otherwise null.</summary>
    public Generation? Generation { get; } = generation;
}
