namespace Malten.Silo.Clustering;

/// <summary>Logs the nodes of the cluster whenever they change.</summary>
internal sealed partial class MembershipLog(IClusterMembershipService membership, ILogger<MembershipLog> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var known = "";
        await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
        {
            var active = snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active)
                .Select(member => member.SiloAddress.Endpoint.ToString()).Order(StringComparer.Ordinal).ToList();
            var nodes = string.Join(", ", active);
            if (nodes != known) LogNodes(logger, active.Count, nodes);
            known = nodes;
        }
    }

    [LoggerMessage(LogLevel.Information, "The cluster has {Count} nodes: {Nodes}")]
    private static partial void LogNodes(ILogger logger, int count, string nodes);
}
