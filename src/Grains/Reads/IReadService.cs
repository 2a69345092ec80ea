using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Orleans.Services;

namespace Malten.Grains.Reads;

/// <summary>
/// Reads the streams that a silo should run. Each silo has this service; callers address it by silo. A name that nobody
/// uses is answered here, without an activation; any other by its grain.
/// </summary>
[Alias("malten.reads")]
internal interface IReadService : IGrainService
{
    /// <inheritdoc cref="IReaderGrain.Read"/>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Frame[]>> Read([Immutable] PageRequest request);

    /// <inheritdoc cref="IReaderGrain.GetPresence"/>
    [ResponseTimeout("00:00:05")]
    Task<Outcome<Presence>> GetPresence([Immutable] StreamAddress address);

    /// <inheritdoc cref="IReaderGrain.HasEnded"/>
    [ResponseTimeout("00:00:05")]
    Task<bool> HasEnded([Immutable] Command command);

    /// <summary>
    /// Whether this silo certainly holds nothing of a stream. False also when it does not see the same view settled as the
    /// caller (<see cref="View.Id"/>), or does not know itself a member.
    /// </summary>
    [ResponseTimeout("00:00:02")]
    Task<bool> HasNothing(string stream, ulong view);
}
