using Malten.Streams.Feeds;
using Malten.Streams.Listeners;

namespace Malten.Grains.Replicas;

/// <content>Reports to streams of who listens here.</content>
internal sealed partial class FeedReplicas
{
    // Between two reports of a crowd, each of which may name a thousand listeners, and is told to all gateways.
    private static readonly TimeSpan CrowdReports = TimeSpan.FromSeconds(1);

    /// <summary>Changes the status of a listener's user in all its streams.</summary>
    public async Task SetStatusAsync(FeedReader reader, PresenceStatus status)
    {
        foreach (var name in reader.Streams)
            if (_replicas.TryGetValue(name.Value, out var replica) && replica.SetStatus(reader.Session, status))
                await ReportChangeAsync(replica);
    }

    /// <summary>Tells the stream who listens here, since that has changed; of a crowd a little later, once for all that changes until then.</summary>
    private Task ReportChangeAsync(FeedReplica replica)
    {
        if (!replica.IsCrowd) return ReportAsync(replica);
        if (replica.TryAwaitReport()) _ = ReportLaterAsync(replica);
        return Task.CompletedTask;
    }

    private async Task ReportLaterAsync(FeedReplica replica)
    {
        await Task.Delay(CrowdReports, hostTime);
        replica.EndAwaitingReport();
        if (IsCurrent(replica)) await ReportAsync(replica);
    }

    private Task ReportAsync(FeedReplica replica) => IgnoringAsync(() => Grain(replica.Name).Report(Gateway, replica.Here()));
}
