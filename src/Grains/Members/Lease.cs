using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Malten.Grains.Members;

/// <summary>
/// Whether this silo knows itself a member of the cluster: it looks at the membership table every 0.3 s, and what it saw
/// is good for <see cref="Length"/>. Without it the silo acknowledges nothing, stores no copies and answers no reads, since
/// the others may have declared it dead and go on without it. Only the table tells, since burials are decided there; a
/// majority of the silos that answer would not.
/// </summary>
/// <remarks>
/// Time is this host's monotonic clock, from the moment before a look was begun, so neither clocks that differ nor a
/// process that is paused prolong it. Gray and Cheriton, "Leases", 1989.
/// </remarks>
internal sealed class Lease(
    ClusterView cluster, IMembershipTable table, IOptions<LeaseOptions> options, TimeProvider time) : BackgroundService
{
    /// <summary>How long a look is good for.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(1.2);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(12);

    private long _looked = long.MinValue;
    private long _failing = long.MinValue; // since when every look has failed
    private volatile bool _isOver;

    /// <summary>Whether this silo goes on when it can't look at the table.</summary>
    public bool ServesWithoutTable => options.Value.ServesWithoutTable;

    /// <summary>Whether this silo may act as a member.</summary>
    public bool IsHeld => options.Value.ServesWithoutTable
        ? !cluster.IsSelfDeclaredDead
        : Volatile.Read(ref _looked) is var looked and not long.MinValue && time.GetElapsedTime(looked) < Length;

    /// <summary>Returns when this silo may act as a member.</summary>
    /// <exception cref="OrleansException">It was declared dead or is stopping, so it never may again.</exception>
    public async ValueTask UntilHeldAsync()
    {
        while (!IsHeld)
        {
            if (_isOver || cluster.IsSelfDeclaredDead) throw new OrleansException("This silo is no member any more.");
            await Task.Delay(FirstInterval, time);
        }
    }

    /// <summary>
    /// Waits a moment for the lease, which a busy host may lose for an instant. A request that its client can give up does not
    /// wait once looks have failed for longer than that, so that the client asks another node. False when it is still not held.
    /// </summary>
    /// <param name="settles">Whether nobody repeats what waits, such as the answer to a command: then it waits for 12 s.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    public async ValueTask<bool> TryHoldAsync(bool settles, CancellationToken cancellationToken)
    {
        var (patience, started) = (settles ? LongPatience : Patience, time.GetTimestamp());
        for (; !IsHeld; await Task.Delay(FirstInterval, time, cancellationToken))
            if (_isOver || cluster.IsSelfDeclaredDead || time.GetElapsedTime(started) > patience
                || (!settles && cancellationToken.CanBeCanceled && Volatile.Read(ref _failing) is var failing and not long.MinValue
                    && time.GetElapsedTime(failing) > Patience))
                return false;
        return true;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested && !_isOver)
        {
            var begun = time.GetTimestamp();
            var isMember = await IsMemberAsync(stoppingToken);
            if (isMember) Volatile.Write(ref _looked, begun);
            if (isMember || _failing == long.MinValue) Volatile.Write(ref _failing, isMember ? long.MinValue : time.GetTimestamp());
            await Task.Delay(IsHeld ? Interval : FirstInterval, time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        _isOver = true;
    }

    private async Task<bool> IsMemberAsync(CancellationToken stopping)
    {
        try
        {
            var row = await table.ReadRow(cluster.Self).WaitAsync(Length, time, stopping);
            var status = row.TryGet(cluster.Self)?.Item1.Status;
            if (status == SiloStatus.Dead) BeOver();
            return status is SiloStatus.Active or SiloStatus.ShuttingDown or SiloStatus.Stopping;
        }
        catch (Exception) // of any kind, since the table may be anybody's: what could not be looked at is not known
        {
            return false;
        }
    }

    private void BeOver()
    {
        _isOver = true;
        Volatile.Write(ref _looked, long.MinValue);
        cluster.ReportOwnDeath();
        _ = cluster.RefreshAsync().AsTask().ContinueWith(static _ => { }, TaskScheduler.Default); // Orleans would look seconds later
    }
}

/// <summary>What a silo does when it can't look at the membership table.</summary>
public sealed class LeaseOptions
{
    /// <summary>
    /// Whether it goes on serving, at the risk that others go on without it: what it then acknowledges may be lost, and
    /// what is read from it may be old.
    /// </summary>
    public bool ServesWithoutTable { get; set; }
}
