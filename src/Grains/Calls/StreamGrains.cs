using Malten.Grains.Interfaces;
using Malten.Streams.Values;

namespace Malten.Grains.Calls;

/// <summary>The grains of the cluster's streams.</summary>
internal interface IStreamGrains
{
    /// <summary>The grain of a stream.</summary>
    IStreamGrain Of(StreamName name);

    /// <summary>The id of that grain.</summary>
    GrainId IdOf(StreamName name);
}

/// <summary>
/// Makes references to the grains of streams. <see cref="IGrainFactory"/> looks up the grain type of an interface by
/// reflection for every reference; this does it once.
/// </summary>
internal sealed class StreamGrains(IGrainFactory grains) : IStreamGrains
{
    private volatile GrainReference? _first;

    private GrainReference First => _first ??= (GrainReference)grains.GetGrain<IStreamGrain>(StreamName.Default.Value);

    /// <inheritdoc/>
    public IStreamGrain Of(StreamName name) => (IStreamGrain)grains.GetGrain(IdOf(name), First.InterfaceType);

    /// <inheritdoc/>
    public GrainId IdOf(StreamName name) => GrainId.Create(First.GrainId.Type, name.Value);
}
