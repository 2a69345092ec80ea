namespace Malten.Membership;

/// <summary>The register could not be read or changed.</summary>
/// <param name="outcome">NoQuorum, Unknown or GenerationChanged.</param>
/// <param name="generation">The generation that lives, if that is what changed.</param>
public sealed class RegisterException(RegisterOutcome outcome, Generation? generation)
    : Exception(outcome switch
    {
        RegisterOutcome.NoQuorum => "No majority of the seeds answered in time. Nothing was changed.",
        RegisterOutcome.Unknown => "The change was under way when time ran out: it may have happened, or may yet, once.",
        _ => $"A majority of the seeds lost its memory, and generation {generation} began empty. Adopt it and join again.",
    })
{
    /// <summary>Why.</summary>
    public RegisterOutcome Outcome { get; } = outcome;

    /// <summary>The generation that lives, if that is what changed; else null.</summary>
    public Generation? Generation { get; } = generation;

    internal static RegisterResult ThrowIfFailed(RegisterResult result) =>
        result.Succeeded ? result : throw new RegisterException(result.Outcome, result.Generation);
}
