using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Carries <see cref="NodePresence"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class NodePresenceConverter : IConverter<NodePresence, NodePresenceSurrogate>
{
    public NodePresence ConvertFromSurrogate(in NodePresenceSurrogate surrogate) =>
        new(surrogate.Presence, surrogate.AtFirstSeat, surrogate.AtSecondSeat, surrogate.Number);

    public NodePresenceSurrogate ConvertToSurrogate(in NodePresence value) =>
        new(value.Presence, value.AtFirstSeat, value.AtSecondSeat, value.Number);
}
