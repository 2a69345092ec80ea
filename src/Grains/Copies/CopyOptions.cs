namespace Malten.Grains.Copies;

/// <summary>How many silos hold each stream.</summary>
public sealed class CopyOptions
{
    /// <summary>
    /// The silos that hold a stream, the one that runs it included: all but one of them may be lost at the same instant
    /// without losing an acknowledged message. 1: nothing survives the sudden end of its silo.
    /// </summary>
    public int Copies { get; set; } = 2;
}
