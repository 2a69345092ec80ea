using Malten.Streams.Values;

namespace Malten.Grains.Hosting;

/// <summary>Calls into the cluster that survive the death of a silo.</summary>
internal static class Retry
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Repeats a call that may be repeated until it comes through.</summary>
    /// <exception cref="StreamRefusedException">It did not, in time.</exception>
    public static async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await call().WaitAsync(cancellationToken);
            }
            catch (Exception failure) when (Transient.Is(failure) && !cancellationToken.IsCancellationRequested)
            {
                if (TimeProvider.System.GetElapsedTime(started) > Patience) throw Unavailable();
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Makes a call that may not be repeated.</summary>
    /// <exception cref="StreamRefusedException">It failed on its way; whether it took effect is not known.</exception>
    public static async Task<T> OnceAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception failure) when (Transient.Is(failure))
        {
            throw Unavailable();
        }
    }

    private static StreamRefusedException Unavailable() => new(Refusal.Unavailable,
        "The stream can't be reached now: a node is down or cut off. Try again; a post with the same id is stored once.");
}
