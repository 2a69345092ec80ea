namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>An address on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.address")]
internal readonly record struct StreamAddressSurrogate(string Name, string? Seat);
