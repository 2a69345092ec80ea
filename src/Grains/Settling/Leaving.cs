using Malten.Grains.Copies;
using Malten.Grains.Members;

namespace Malten.Grains.Settling;

/// <summary>
/// The first part of a silo's orderly stop: it tells the others that it leaves, and goes on serving until all that it
/// holds is with them. So the next silo may be stopped as soon as this one has gone.
/// </summary>
internal sealed class Leaving(
    ClusterView cluster, ICopyServices silos, Settlement settlement, Settler settler, Lease lease, TimeProvider time)
{
    /// <summary>
    /// How long it may take: 90 s. With 100,000 streams in three silos that shared two cores, it took 49 s. What has not moved by then
    /// has a copy elsewhere, as after a sudden end.
    /// </summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    // A look at the table that is late for once must not cost the copies; without a majority of the seeds, none succeeds.
    private static readonly TimeSpan WithoutLease = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Returns true when the others hold all that this silo held. False when <see cref="Limit"/> has passed before, or when
    /// this silo can't know itself a member any more, so that it has nothing that is sure to be true.
    /// </summary>
    public async Task<bool> LeaveAsync()
    {
        if (cluster.IsSelfDeclaredDead) return false;
        // The silo that is to hold what this one holds may have joined a moment ago.
        await cluster.RefreshAsync().AsTask().WaitAsync(WithoutLease, time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        cluster.ReportLeaving(cluster.Self);
        var farewell = new Announcement(cluster, silos, silo => silo.ReportLeaving(cluster.Self));
        var started = time.GetTimestamp();
        var held = started;
        while (time.GetElapsedTime(started) < Limit && time.GetElapsedTime(held) < WithoutLease && !cluster.IsSelfDeclaredDead)
        {
            await farewell.TellAsync();
            if (lease.IsHeld)
            {
                held = time.GetTimestamp();
                if (farewell.IsHeardByAll && settler.HasSettled && settlement.IsSettled) return true;
            }

            await Task.Delay(Pause, time);
        }

        return false;
    }
}
