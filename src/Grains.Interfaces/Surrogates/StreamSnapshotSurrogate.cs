using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A snapshot on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.snapshot")]
internal readonly record struct StreamSnapshotSurrogate(
    StreamSettings Settings, Seats? Seats, long Begun, long Evicted, TimeSpan TimeLeft, Frame[] Messages);
