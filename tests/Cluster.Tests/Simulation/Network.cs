using Malten.Testing;

namespace Malten.Cluster.Tests.Simulation;

/// <summary>Carries calls between silos: late, out of order, and not at all from or to one that is cut off.</summary>
internal sealed class Network(Scheduler scheduler, Random random, World world)
{
    private readonly Dictionary<Node, List<(SiloAddress To, Action Fail)>> _open = [];

    /// <summary>Calls a silo; ends in a <see cref="TimeoutException"/> when no answer comes in time.</summary>
    public Task<T> CallAsync<T>(Node from, SiloAddress to, TimeSpan timeout, Func<Node, Task<T>> serve)
    {
        if (from.Membership.CurrentSnapshot.GetSiloStatus(to) == SiloStatus.Dead)
            return Task.FromException<T>(new SiloUnavailableException());
        var answer = new TaskCompletionSource<T>();
        from.After(timeout, () => answer.TrySetException(new TimeoutException()));
        Open(from).Add((to, () => answer.TrySetException(new SiloUnavailableException())));
        Carry(from, to, target => _ = ServeAsync(target));
        return answer.Task;

        async Task ServeAsync(Node target)
        {
            Action reply;
            try
            {
                var result = await serve(target);
                reply = () => answer.TrySetResult(result);
            }
            catch (Exception failure)
            {
                reply = () => answer.TrySetException(failure);
            }

            Carry(target, from.Address, _ => reply());
        }
    }

    /// <summary>Delivers something to a silo, or loses it.</summary>
    public void Carry(Node from, SiloAddress to, Action<Node> deliver)
    {
        if (world.Find(to) is not { } target || !IsConnected(from, target)) return;
        if (target == from) target.Do(() => deliver(target));
        else if (random.NextDouble() >= world.Faults.Lost)
            scheduler.After(Delay(), () =>
            {
                if (IsConnected(from, target)) target.Do(() => deliver(target));
            });
    }

    /// <summary>Asks the membership table; no answer while the silo is cut off.</summary>
    public Task<T> AskAsync<T>(Node from, Func<T> look)
    {
        var answer = new TaskCompletionSource<T>();
        scheduler.After(Delay(), () =>
        {
            if (from.IsCut) return;
            var seen = look();
            scheduler.After(Delay(), () =>
            {
                if (!from.IsCut) from.Do(() => answer.TrySetResult(seen));
            });
        });
        return answer.Task;
    }

    /// <summary>Ends the calls that a silo has under way to others that it has heard are dead.</summary>
    public void FailCallsToDead(Node from)
    {
        var open = Open(from);
        foreach (var (to, fail) in open.ToList())
            if (from.Membership.CurrentSnapshot.GetSiloStatus(to) == SiloStatus.Dead)
                fail();
        open.RemoveAll(call => from.Membership.CurrentSnapshot.GetSiloStatus(call.To) == SiloStatus.Dead);
    }

    /// <summary>How long a message is on its way.</summary>
    public TimeSpan Delay() => random.NextDouble() < world.Faults.Slow
        ? world.Faults.Slowest * random.NextDouble()
        : TimeSpan.FromMilliseconds(0.1 + (2 * random.NextDouble()));

    private static bool IsConnected(Node from, Node to) => from == to || !(from.IsCut || to.IsCut);

    private List<(SiloAddress To, Action Fail)> Open(Node from)
    {
        if (!_open.TryGetValue(from, out var open)) _open[from] = open = [];
        if (open.Count > 64) open.RemoveRange(0, 32); // those have been answered, or time out
        return open;
    }
}
