using Orleans.Concurrency;
using Orleans.Services;

namespace Malten.Grains.Copies;

/// <summary>
/// Holds copies of streams that live on other silos. Each silo has this service, and callers address it by silo: no grain
/// directory has to survive a failure for a copy to be found.
/// </summary>
[Alias("malten.copies")]
internal interface ICopyService : IGrainService
{
    /// <summary>Brings a copy up to date.</summary>
    [ResponseTimeout("00:00:02")]
    Task<CopyOutcome> Add([Immutable] CopyUpdate update);

    /// <summary>Holds a copy, in place of any other copy of that stream.</summary>
    [ResponseTimeout("00:00:02")]
    Task<CopyOutcome> Hold([Immutable] StreamCopy copy);

    /// <summary>Drops a copy, unless a later activation has written it.</summary>
    [OneWay]
    Task Drop(string stream, [Immutable] CopyWriter writer);

    /// <summary>The copy of a stream that this silo holds, or null.</summary>
    [ResponseTimeout("00:00:02")]
    Task<StreamCopy?> Find(string stream);
}

/// <summary>What became of a change to a copy.</summary>
internal enum CopyOutcome
{
    /// <summary>The silo holds it.</summary>
    Held,

    /// <summary>The silo has no copy, or not the one to which the update belongs: the writer must send the whole stream.</summary>
    Differs,

    /// <summary>The silo knows a later writer, or does not see the writer's silo as active.</summary>
    Refused,
}
