using Malten.Grains.Commands;
using Malten.Grains.Members;
using Malten.Streams.Values;
using Microsoft.Extensions.Logging;
using Orleans.Runtime.Services;

namespace Malten.Grains.Copies;

/// <summary>Lets other silos reach this silo's <see cref="CopyStore"/>.</summary>
internal sealed class CopyService(
    GrainId grainId, Silo silo, ILoggerFactory loggers, CopyStore copies, CopyFinder finder, Settlement settlement, ClusterView cluster, Lease lease)
    : GrainService(grainId, silo, loggers), ICopyService
{
    public Task<CopyOutcome[]> Add(CopyUpdate[] updates)
    {
        copies.MakeRoom();
        return Task.FromResult(Array.ConvertAll(updates, copies.Add));
    }

    public Task<CopyOutcome[]> Hold(StreamCopy[] pieces)
    {
        copies.MakeRoom();
        return Task.FromResult(Array.ConvertAll(pieces, copies.Hold));
    }

    public Task<CopyOutcome> HoldClaims(string stream, CopyWriter writer, long turn, CommandClaim[] claims) =>
        Task.FromResult(copies.HoldClaims(stream, writer, turn, claims));

    public Task Drop(string stream, CopyWriter writer, long turn)
    {
        copies.Drop(stream, writer, turn);
        return Task.CompletedTask;
    }

    public Task Forget(string stream, CopyWriter writer)
    {
        copies.Forget(stream, writer);
        return Task.CompletedTask;
    }

    public Task<FoundCopy[]> Find(CopyQuestion[] questions) => finder.FindAsync(questions);

    public Task<StreamCopy?> Read(string stream, long epoch, Timestamp after) => Task.FromResult(copies.Read(stream, epoch, after));

    public Task ReportSettled(SiloAddress silo, ulong view, long version)
    {
        settlement.Report(silo, view, version);
        return Task.CompletedTask;
    }

    public Task Ping() => lease.IsHeld ? Task.CompletedTask : throw new OrleansException("This silo does not know itself a member.");

    public Task ReportLeaving(SiloAddress silo)
    {
        cluster.ReportLeaving(silo);
        return Task.CompletedTask;
    }
}

/// <summary>The copy services of the cluster.</summary>
internal interface ICopyServices
{
    /// <summary>The copy service of a silo.</summary>
    ICopyService On(SiloAddress silo);
}

/// <summary>Reaches the copy service of each silo (Orleans documentation, "Grain services").</summary>
internal sealed class CopyClient(IServiceProvider services) : GrainServiceClient<ICopyService>(services), ICopyServices
{
    /// <inheritdoc/>
    public ICopyService On(SiloAddress silo) => GetGrainService(silo);
}
