using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>An address on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.address")]
internal readonly record struct StreamAddressSurrogate(string Name, string? Seat);

/// <summary>Carries <see cref="StreamAddress"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class StreamAddressConverter : IConverter<StreamAddress, StreamAddressSurrogate>
{
    public StreamAddress ConvertFromSurrogate(in StreamAddressSurrogate surrogate) =>
        new(StreamName.Parse(surrogate.Name), surrogate.Seat);

    public StreamAddressSurrogate ConvertToSurrogate(in StreamAddress value) =>
        new(value.Name.Value, value.Seat);
}

/// <summary>The seats of a pipe on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.seats")]
internal readonly record struct SeatsSurrogate(string First, string Second);

/// <summary>Carries <see cref="Seats"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class SeatsConverter : IConverter<Seats, SeatsSurrogate>
{
    public Seats ConvertFromSurrogate(in SeatsSurrogate surrogate) =>
        new(surrogate.First, surrogate.Second);

    public SeatsSurrogate ConvertToSurrogate(in Seats value) =>
        new(value.First, value.Second);
}
