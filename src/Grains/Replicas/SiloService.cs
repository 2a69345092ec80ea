using Malten.Grains.Interfaces;
using Malten.Grains.MessageStreams;
using Malten.Streams.Life;
using Microsoft.Extensions.Logging;

namespace Malten.Grains.Replicas;

/// <summary>What this silo does for the others.</summary>
internal sealed class SiloService(
    GrainId grainId, Silo silo, ILoggerFactory loggers, ReplicaStore copies, LocalStreams local, Peers peers)
    : GrainService(grainId, silo, loggers), ISiloService
{
    public Task<CopyOutcome> Add(ReplicaUpdate update) => Task.FromResult(copies.Add(update));

    public Task<CopyOutcome> Hold(StreamCopy copy) => Task.FromResult(copies.Hold(copy));

    public Task Drop(string stream, CopyWriter writer)
    {
        copies.Drop(stream, writer);
        return Task.CompletedTask;
    }

    public Task<StreamCopy?> Find(string stream) => Task.FromResult(copies.Find(stream));

    public Task<StreamListing[]> List(string prefix, int limit) => Task.FromResult(local.List(prefix, limit).ToArray());

    protected override Task StartInBackground()
    {
        _ = peers.WatchAsync();
        return base.StartInBackground();
    }
}
