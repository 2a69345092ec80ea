using Malten.Grains.Interfaces;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;

namespace Malten.Grains.Reads;

/// <summary>Lets other silos reach this silo's <see cref="LocalReads"/>.</summary>
internal sealed class ReadService(GrainId grainId, Silo silo, ILoggerFactory loggers, LocalReads reads)
    : GrainService(grainId, silo, loggers), IReadService
{
    public Task<Outcome<Frame[]>> Read(PageRequest request) => reads.ReadAsync(request);

    public Task<Outcome<Presence>> GetPresence(StreamAddress address) => reads.GetPresenceAsync(address);

    public Task<bool> HasEnded(Command command) => reads.HasEndedAsync(command);

    public Task<bool> HasNothing(string stream, ulong view) => Task.FromResult(reads.HasNothing(stream, view));
}

/// <summary>The read services of the cluster.</summary>
internal interface IReadServices
{
    /// <summary>The read service of a silo.</summary>
    IReadService On(SiloAddress silo);
}

/// <summary>Reaches the read service of each silo (Orleans documentation, "Grain services").</summary>
internal sealed class ReadClient(IServiceProvider services) : GrainServiceClient<IReadService>(services), IReadServices
{
    /// <inheritdoc/>
    public IReadService On(SiloAddress silo) => GetGrainService(silo);
}
