using Malten.Streams.Events;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Grains.Interfaces.Surrogates;

/// <summary>A frame on the wire.</summary>
[GenerateSerializer, Immutable, Alias("malten.frame")]
internal readonly record struct FrameSurrogate(FrameKind Kind, Timestamp Timestamp, Guid Id, byte[] Bytes, ulong Client, ulong Network, Audience Except);

/// <summary>Carries <see cref="Frame"/> between silos (Orleans documentation, "Surrogates for foreign types").</summary>
[RegisterConverter]
internal sealed class FrameConverter : IConverter<Frame, FrameSurrogate>
{
    public Frame ConvertFromSurrogate(in FrameSurrogate surrogate) =>
        new(surrogate.Kind, surrogate.Timestamp, surrogate.Id, surrogate.Bytes)
        {
            Client = new ClientKey(surrogate.Client, surrogate.Network), Except = surrogate.Except,
        };

    public FrameSurrogate ConvertToSurrogate(in Frame value) =>
        new(value.Kind, value.Timestamp, value.Id, value.Bytes, value.Client.Hash, value.Client.Network, value.Except);
}
