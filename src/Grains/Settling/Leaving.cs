using Malten.Grains.Copies;
using Malten.Grains.Members;

namespace Malten.Grains.Settling;

/// <summary>
/// The first part of a silo's orderly stop: it tells the others that it leaves, and goes on serving until all that it
/// holds is with them. So the next silo may be stopped as soon as this one has gone.
/// </summary>
internal sealed class Leaving(
    ClusterView cluster, CopyClient silos, Settlement settlement, Settler settler, Lease lease, TimeProvider time)
{
    /// <summary>How long it may take. What has not moved by then has a copy elsewhere, as after a sudden end.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Returns when the others hold all that this silo held, when <see cref="Limit"/> has passed, or when this silo has lost
    /// its place in the cluster, so that it has nothing to hand over.
    /// </summary>
    public async Task LeaveAsync()
    {
        cluster.ReportLeaving(cluster.Self);
        var farewell = new Announcement(cluster, silos, silo => silo.ReportLeaving(cluster.Self));
        var started = time.GetTimestamp();
        while (lease.IsHeld && time.GetElapsedTime(started) < Limit)
        {
            await farewell.TellAsync();
            if (farewell.IsHeardByAll && settler.HasSettled && settlement.IsSettled) return;
            await Task.Delay(Pause, time);
        }
    }
}
