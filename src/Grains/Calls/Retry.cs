using Malten.Grains.Members;
using Malten.Streams.Values;

namespace Malten.Grains.Calls;

/// <summary>Makes calls into the cluster that survive the death of a silo.</summary>
internal sealed class Retry(TimeProvider time, Lease? lease = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Makes a call, and repeats it every 100 ms for up to 12 s while it fails on its way.</summary>
    /// <exception cref="StreamRefusedException">No attempt got through in that time, or this node may have been declared dead.</exception>
    public Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(call, Transient.Is, false, cancellationToken);

    /// <summary>
    /// The same of a call that settles what somebody waits for and nobody repeats, such as the answer to a command: it waits up to
    /// 12 s for this node's lease first.
    /// </summary>
    /// <exception cref="StreamRefusedException">As above.</exception>
    public Task<T> SettleAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(call, Transient.Is, true, cancellationToken);

    /// <summary>Makes a call that must not take effect twice: it is repeated only while it is rejected before it does anything.</summary>
    /// <exception cref="StreamRefusedException">
    /// The call failed on its way, and may have taken effect all the same; or this node may have been declared dead.
    /// </exception>
    public Task<T> OnceAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(call, static failure => failure is OrleansMessageRejectionException and not SiloUnavailableException, false, cancellationToken);

    private async Task<T> CallAsync<T>(
        Func<Task<T>> call, Func<Exception, bool> mayRepeat, bool settles, CancellationToken cancellationToken)
    {
        var (started, isFirst) = (time.GetTimestamp(), true);
        while (true)
        {
            // A node that may have been declared dead answers nothing: others may have gone on without it.
            if (lease is not null && !await lease.TryHoldAsync(settles, cancellationToken)) throw Unavailable();
            if (settles && isFirst) started = time.GetTimestamp(); // since when it can be tried
            isFirst = false;
            try
            {
                return await call().WaitAsync(cancellationToken);
            }
            catch (Exception failure) when (Transient.Is(failure) && !cancellationToken.IsCancellationRequested)
            {
                if (!mayRepeat(failure) || time.GetElapsedTime(started) > Patience) throw Unavailable();
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private static StreamRefusedException Unavailable() => new(Refusal.Unavailable,
        "The stream can't be reached now: a node is down or cut off. Try again; a post with the same id is stored once.");
}
