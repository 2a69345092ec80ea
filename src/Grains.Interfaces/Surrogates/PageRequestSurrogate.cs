using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A page request on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.page-request")]
internal readonly record struct PageRequestSurrogate(
    StreamAddress Address, int Limit, PageDirection Direction, Timestamp Last, int MaxBytes);

/// <summary>Carries <see cref="PageRequest"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class PageRequestConverter : IConverter<PageRequest, PageRequestSurrogate>
{
    public PageRequest ConvertFromSurrogate(in PageRequestSurrogate surrogate) =>
        new(surrogate.Address, surrogate.Limit, surrogate.Direction, surrogate.Last, surrogate.MaxBytes);

    public PageRequestSurrogate ConvertToSurrogate(in PageRequest value) =>
        new(value.Address, value.Limit, value.Direction, value.Last, value.MaxBytes);
}
