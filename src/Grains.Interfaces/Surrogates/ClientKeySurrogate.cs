using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A client on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.client")]
internal readonly record struct ClientKeySurrogate(ulong Hash, ulong Network);

/// <summary>Carries <see cref="ClientKey"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class ClientKeyConverter : IConverter<ClientKey, ClientKeySurrogate>
{
    public ClientKey ConvertFromSurrogate(in ClientKeySurrogate surrogate) =>
        new(surrogate.Hash, surrogate.Network);

    public ClientKeySurrogate ConvertToSurrogate(in ClientKey value) =>
        new(value.Hash, value.Network);
}
