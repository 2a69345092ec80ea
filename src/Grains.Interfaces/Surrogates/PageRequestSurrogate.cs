using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A page request on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.page-request")]
internal readonly record struct PageRequestSurrogate(
    StreamAddress Address, int Limit, PageDirection Direction, long Last);
