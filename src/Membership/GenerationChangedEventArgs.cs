namespace Malten.Membership;

/// <summary>A majority of the seeds lost its memory, and a new register has begun.</summary>
/// <param name="from">The generation that is over.</param>
/// <param name="to">The one that lives.</param>
public sealed class GenerationChangedEventArgs(Generation from, Generation to) : EventArgs
{
    /// <summary>The generation that is over.</summary>
    public Generation From { get; } = from;

    /// <summary>The one that lives.</summary>
    public Generation To { get; } = to;
}
