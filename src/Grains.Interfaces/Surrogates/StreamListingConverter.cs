using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Carries <see cref="StreamListing"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class StreamListingConverter : IConverter<StreamListing, StreamListingSurrogate>
{
    public StreamListing ConvertFromSurrogate(in StreamListingSurrogate surrogate) =>
        new(surrogate.Name, surrogate.Created, surrogate.Updated, surrogate.Ttl, surrogate.Messages, surrogate.Observers);

    public StreamListingSurrogate ConvertToSurrogate(in StreamListing value) =>
        new(value.Name, value.Created, value.Updated, value.Ttl, value.Messages, value.Observers);
}
