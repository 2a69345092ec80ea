using Malten.Membership.Protocol;

namespace Malten.Membership.Registers;

/// <summary>A majority of the seeds lost its memory, and a new generation of the register has begun.</summary>
/// <param name="from">The generation that is over.</param>
/// <param name="to">The current generation.</param>
public sealed class GenerationChangedEventArgs(Generation from, Generation to) : EventArgs
{
    /// <summary>The generation that is over.</summary>
    public Generation From { get; } = from;

    /// <summary>The current generation.</summary>
    public Generation To { get; } = to;
}
