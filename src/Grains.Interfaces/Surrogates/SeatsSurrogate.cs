namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>The seats of a pipe on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.seats")]
internal readonly record struct SeatsSurrogate(string First, string Second);
