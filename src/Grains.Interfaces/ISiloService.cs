using Malten.Streams.Life;
using Orleans.Concurrency;
using Orleans.Services;

namespace Malten.Grains.Interfaces;

/// <summary>
/// What each silo does for the others, addressed by silo and not by name: holds second copies of streams that live
/// elsewhere, and says which public streams live here. No directory stands between, so none has to survive for a copy to
/// be found.
/// </summary>
[Alias("malten.silo")]
public interface ISiloService : IGrainService
{
    /// <summary>Brings a copy up to date.</summary>
    [ResponseTimeout("00:00:02")]
    Task<CopyOutcome> Add([Immutable] ReplicaUpdate update);

    /// <summary>Holds a copy, in place of any other of that stream.</summary>
    [ResponseTimeout("00:00:02")]
    Task<CopyOutcome> Hold([Immutable] StreamCopy copy);

    /// <summary>Lets go of a copy, unless a later activation has written it.</summary>
    [OneWay]
    Task Drop(string stream, [Immutable] CopyWriter writer);

    /// <summary>The copy of a stream, or null.</summary>
    [ResponseTimeout("00:00:02")]
    Task<StreamCopy?> Find(string stream);

    /// <summary>The public streams that live here.</summary>
    [ResponseTimeout("00:00:02")]
    Task<StreamListing[]> List(string prefix, int limit);
}
