using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A snapshot on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.snapshot")]
internal readonly record struct StreamSnapshotSurrogate(
    StreamSettings Settings, Seats? Seats, Timestamp Begun, Timestamp Evicted, TimeSpan TimeLeft, Frame[] Messages,
    Guid BegunBy, EvictedMessage[] EvictedLately);

/// <summary>Carries <see cref="StreamSnapshot"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class StreamSnapshotConverter : IConverter<StreamSnapshot, StreamSnapshotSurrogate>
{
    public StreamSnapshot ConvertFromSurrogate(in StreamSnapshotSurrogate surrogate) =>
        new(surrogate.Settings, surrogate.Seats, surrogate.Begun, surrogate.Evicted,
            surrogate.TimeLeft, surrogate.Messages)
        {
            BegunBy = surrogate.BegunBy, EvictedLately = surrogate.EvictedLately,
        };

    public StreamSnapshotSurrogate ConvertToSurrogate(in StreamSnapshot value) =>
        new(value.Settings, value.Seats, value.Begun,
            value.Evicted, value.TimeLeft, value.Messages as Frame[] ?? [.. value.Messages],
            value.BegunBy, value.EvictedLately as EvictedMessage[] ?? [.. value.EvictedLately]);
}
