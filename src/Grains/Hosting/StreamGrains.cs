using Malten.Grains.Interfaces;
using Malten.Streams.Values;

namespace Malten.Grains.Hosting;

/// <summary>
/// The way to the grain of a stream. Orleans finds out by reflection, for each reference anew, which kind of grain an
/// interface means; that is asked once here.
/// </summary>
internal sealed class StreamGrains(IGrainFactory grains)
{
    private volatile GrainReference? _first;

    /// <summary>The grain of a stream.</summary>
    public IStreamGrain Of(StreamName name)
    {
        if (_first is not { } first) _first = first = (GrainReference)grains.GetGrain<IStreamGrain>(name.Value);
        return (IStreamGrain)grains.GetGrain(GrainId.Create(first.GrainId.Type, name.Value), first.InterfaceType);
    }
}
