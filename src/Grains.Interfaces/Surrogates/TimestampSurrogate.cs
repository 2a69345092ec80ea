using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A timestamp on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.timestamp")]
internal readonly record struct TimestampSurrogate(long Nanoseconds);

/// <summary>Carries <see cref="Timestamp"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class TimestampConverter : IConverter<Timestamp, TimestampSurrogate>
{
    public Timestamp ConvertFromSurrogate(in TimestampSurrogate surrogate) => new(surrogate.Nanoseconds);

    public TimestampSurrogate ConvertToSurrogate(in Timestamp value) => new(value.Nanoseconds);
}
