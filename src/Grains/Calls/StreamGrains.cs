using Malten.Grains.Interfaces;
using Malten.Streams.Values;

namespace Malten.Grains.Calls;

/// <summary>The grains of the cluster's streams.</summary>
internal interface IStreamGrains
{
    /// <summary>The grain of a stream.</summary>
    IStreamGrain Of(StreamName name);
}

/// <summary>
/// Makes references to the grains of streams. <see cref="IGrainFactory"/> looks up the grain type of an interface by
/// reflection for every reference; this does it once.
/// </summary>
internal sealed class StreamGrains(IGrainFactory grains) : IStreamGrains
{
    private volatile GrainReference? _first;

    /// <inheritdoc/>
    public IStreamGrain Of(StreamName name)
    {
        if (_first is not { } first) _first = first = (GrainReference)grains.GetGrain<IStreamGrain>(name.Value);
        return (IStreamGrain)grains.GetGrain(GrainId.Create(first.GrainId.Type, name.Value), first.InterfaceType);
    }
}
