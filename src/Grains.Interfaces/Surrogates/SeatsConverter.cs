using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Carries <see cref="Seats"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class SeatsConverter : IConverter<Seats, SeatsSurrogate>
{
    public Seats ConvertFromSurrogate(in SeatsSurrogate surrogate) =>
        new(surrogate.First, surrogate.Second);

    public SeatsSurrogate ConvertToSurrogate(in Seats value) =>
        new(value.First, value.Second);
}
