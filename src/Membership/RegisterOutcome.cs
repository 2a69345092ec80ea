namespace Malten.Membership;

/// <summary>How a call to the register ended.</summary>
public enum RegisterOutcome
{
    /// <summary>The value was changed, exactly once.</summary>
    Changed,

    /// <summary>The value was read and left as it is, because the change function refused or none was given.</summary>
    Unchanged,

    /// <summary>No majority of the seeds answered in time; nothing was changed.</summary>
    NoQuorum,

    /// <summary>The change was under way when time ran out: it may have happened, or may still happen, once.</summary>
    Unknown,

    /// <summary>
    /// The generation that this register was bound to is over and its value lost. Nothing was changed in the new one.
    /// </summary>
    GenerationChanged,
}
