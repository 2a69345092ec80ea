using Malten.Grains.Interfaces;
using Malten.Grains.MessageStreams;
using Malten.Streams;
using Microsoft.Extensions.Logging;

namespace Malten.Grains.Replicas;

/// <summary>What this silo does for the others.</summary>
internal sealed class SiloService(
    GrainId grainId, Silo silo, ILoggerFactory loggers, ReplicaStore copies, LocalStreams local, Peers peers)
    : GrainService(grainId, silo, loggers), ISiloService
{
    public Task<bool> Add(ReplicaUpdate update) => Task.FromResult(copies.Add(update));

    public Task Hold(StreamSnapshot snapshot)
    {
        copies.Hold(snapshot);
        return Task.CompletedTask;
    }

    public Task Drop(string stream, long begun)
    {
        copies.Drop(stream, begun);
        return Task.CompletedTask;
    }

    public Task<StreamSnapshot?> Find(string stream) => Task.FromResult(copies.Find(stream));

    public Task<StreamListing[]> List(string prefix, int limit) => Task.FromResult(local.List(prefix, limit).ToArray());

    protected override Task StartInBackground()
    {
        _ = peers.WatchAsync();
        return base.StartInBackground();
    }
}
