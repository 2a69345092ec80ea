using Malten.Streams;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>Carries <see cref="StreamSnapshot"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class StreamSnapshotConverter : IConverter<StreamSnapshot, StreamSnapshotSurrogate>
{
    public StreamSnapshot ConvertFromSurrogate(in StreamSnapshotSurrogate surrogate) =>
        new(surrogate.Settings, surrogate.Seats, surrogate.Begun, surrogate.Evicted,
            surrogate.TimeLeft, surrogate.Messages);

    public StreamSnapshotSurrogate ConvertToSurrogate(in StreamSnapshot value) =>
        new(value.Settings, value.Seats, value.Begun,
            value.Evicted, value.TimeLeft, value.Messages as Frame[] ?? [.. value.Messages]);
}
