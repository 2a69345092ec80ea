using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>An evicted message on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.evicted")]
internal readonly record struct EvictedMessageSurrogate(Guid Id, Timestamp Created);

/// <summary>Carries <see cref="EvictedMessage"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class EvictedMessageConverter : IConverter<EvictedMessage, EvictedMessageSurrogate>
{
    public EvictedMessage ConvertFromSurrogate(in EvictedMessageSurrogate surrogate) => new(surrogate.Id, surrogate.Created);

    public EvictedMessageSurrogate ConvertToSurrogate(in EvictedMessage value) => new(value.Id, value.Created);
}
