namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A listing on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.listing")]
internal readonly record struct StreamListingSurrogate(
    string Name, long Created, long Updated, int Ttl, int Messages, int Observers);
