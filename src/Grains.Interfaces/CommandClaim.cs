namespace Malten.Grains.Interfaces;

/// <summary>A command that is being answered.</summary>
/// <param name="Command">Its id.</param>
/// <param name="Silo">Where it is answered.</param>
[GenerateSerializer, Immutable, Alias("malten.claim")]
public sealed record CommandClaim(Guid Command, SiloAddress Silo);
