namespace Malten.Testing;

/// <summary>Waits for what another thread or a background task brings about.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns once something is so.</summary>
    /// <exception cref="TimeoutException">It was not so within 30 s.</exception>
    public static Task IsSoAsync(Func<bool> isSo) => IsSoAsync(() => Task.FromResult(isSo()));

    /// <inheritdoc cref="IsSoAsync(Func{bool})"/>
    public static async Task IsSoAsync(Func<Task<bool>> isSo)
    {
        for (var started = TimeProvider.System.GetTimestamp(); !await isSo(); await Task.Delay(Pause))
            if (TimeProvider.System.GetElapsedTime(started) > Patience)
                throw new TimeoutException("What was waited for did not happen.");
    }
}
