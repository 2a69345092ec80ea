using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A listing on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.listing")]
internal readonly record struct StreamListingSurrogate(
    string Name, Timestamp Created, Timestamp Updated, int Ttl, int Keep, int Messages, int Observers);

/// <summary>Carries <see cref="StreamListing"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class StreamListingConverter : IConverter<StreamListing, StreamListingSurrogate>
{
    public StreamListing ConvertFromSurrogate(in StreamListingSurrogate surrogate) =>
        new(surrogate.Name, surrogate.Created, surrogate.Updated, surrogate.Ttl, surrogate.Keep, surrogate.Messages, surrogate.Observers);

    public StreamListingSurrogate ConvertToSurrogate(in StreamListing value) =>
        new(value.Name, value.Created, value.Updated, value.Ttl, value.Keep, value.Messages, value.Observers);
}
