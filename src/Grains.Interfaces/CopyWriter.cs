namespace Malten.Grains.Interfaces;

/// <summary>
/// The activation that writes a copy. One that was cut off and replaced must not write any more when it is back: whoever
/// holds a copy takes nothing from a silo that is not alive, nor from an activation older than the one that wrote last.
/// </summary>
/// <param name="Silo">Where it runs.</param>
/// <param name="Epoch">Greater than that of every activation before it that was heard of.</param>
[GenerateSerializer, Immutable, Alias("malten.copy-writer")]
public sealed record CopyWriter(SiloAddress Silo, long Epoch);
