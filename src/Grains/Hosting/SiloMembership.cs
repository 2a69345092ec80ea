using Malten.Grains.Members;
using Malten.Grains.Settling;

namespace Malten.Grains.Hosting;

/// <summary>This silo's place in the cluster, for whoever hosts it.</summary>
public sealed class SiloMembership
{
    private readonly Lease _lease;
    private readonly Leaving _leaving;
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SiloMembership(Lease lease, Leaving leaving) => (_lease, _leaving) = (lease, leaving);

    /// <summary>How long <see cref="LeaveAsync"/> may take.</summary>
    public static TimeSpan LeaveLimit => Leaving.Limit;

    /// <summary>
    /// Whether the silo knows itself a member, by a look at the membership table less than 1.2 s ago. While it does
    /// not, it refuses whatever it is asked.
    /// </summary>
    public bool IsMember => _lease.IsHeld;

    /// <summary>Completes when <see cref="LeaveAsync"/> has returned.</summary>
    public Task Left => _left.Task;

    /// <summary>
    /// Hands over what the silo holds, before it stops; it serves meanwhile. True when the others hold all of it; false when
    /// <see cref="LeaveLimit"/> has passed before, or when the silo can't know itself a member.
    /// </summary>
    public async Task<bool> LeaveAsync()
    {
        try
        {
            return await _leaving.LeaveAsync();
        }
        finally
        {
            _left.TrySetResult();
        }
    }
}
