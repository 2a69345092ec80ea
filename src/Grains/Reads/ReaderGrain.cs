using Malten.Grains.Interfaces;
using Malten.Grains.Members;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Orleans.Concurrency;

namespace Malten.Grains.Reads;

/// <summary>
/// Passes each read to the silo that should run the stream. Each silo has as many of these grains as it needs, so there is
/// no single grain that all reads must pass.
/// </summary>
[StatelessWorker, Reentrant]
internal sealed class ReaderGrain(ClusterView cluster, LocalReads here, IReadServices silos) : Grain, IReaderGrain
{
    public Task<Outcome<Frame[]>> Read(PageRequest request) =>
        Other(request.Address.Name) is { } silo ? silo.Read(request) : here.ReadAsync(request);

    public Task<Outcome<Presence>> GetPresence(StreamAddress address) =>
        Other(address.Name) is { } silo ? silo.GetPresence(address) : here.GetPresenceAsync(address);

    public Task<bool> HasEnded(Command command) =>
        Other(command.Address.Name) is { } silo ? silo.HasEnded(command) : here.HasEndedAsync(command);

    /// <summary>The silo that should run a stream; null when it is this one.</summary>
    private IReadService? Other(StreamName name) =>
        cluster.View.Candidates(name.Value, 1) is [var first] && !first.Equals(cluster.Self) ? silos.On(first) : null;
}
