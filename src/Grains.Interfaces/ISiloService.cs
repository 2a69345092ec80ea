using Malten.Streams;
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
    /// <summary>Adds messages to a copy; false when the copy is not as old as the caller thinks.</summary>
    [ResponseTimeout("00:00:02")]
    Task<bool> Add([Immutable] ReplicaUpdate update);

    /// <summary>Holds a copy, in place of any other of that stream.</summary>
    [ResponseTimeout("00:00:02")]
    Task Hold([Immutable] StreamSnapshot snapshot);

    /// <summary>Lets go of the copy of a stream that began at this moment or earlier.</summary>
    [OneWay]
    Task Drop(string stream, long begun);

    /// <summary>The copy of a stream, or null.</summary>
    [ResponseTimeout("00:00:02")]
    Task<StreamSnapshot?> Find(string stream);

    /// <summary>The public streams that live here.</summary>
    [ResponseTimeout("00:00:02")]
    Task<StreamListing[]> List(string prefix, int limit);
}
