using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Carries <see cref="StreamAddress"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class StreamAddressConverter : IConverter<StreamAddress, StreamAddressSurrogate>
{
    public StreamAddress ConvertFromSurrogate(in StreamAddressSurrogate surrogate) =>
        new(StreamName.Parse(surrogate.Name), surrogate.Seat);

    public StreamAddressSurrogate ConvertToSurrogate(in StreamAddress value) =>
        new(value.Name.Value, value.Seat);
}
