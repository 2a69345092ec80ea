namespace Malten.Grains.Copies;

/// <summary>
/// The activation that writes a copy. An activation that was cut off and replaced must not write once it is back, so a
/// silo accepts a copy only from a member and from no activation older than the one that wrote it last.
/// </summary>
/// <param name="Silo">The silo on which the activation runs.</param>
/// <param name="Epoch">Greater than that of every earlier activation of the stream.</param>
[GenerateSerializer, Immutable, Alias("malten.copy-writer")]
internal sealed record CopyWriter(SiloAddress Silo, long Epoch);
