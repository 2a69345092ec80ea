using Malten.Grains.Hosting;

namespace Malten.Silo.Lifetime;

/// <summary>
/// Ends the process when an orderly stop takes too long. A stopping silo signs off in the membership table and retries
/// until that succeeds, which is never when no majority of the seeds is left.
/// </summary>
internal static class StopLimit
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    // Longer, since there may be nothing that restarts the process if it ends instead of joining again.
    private static readonly TimeSpan LimitToRejoin = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Ends the process 8 s after this silo has handed over what it held, with exit code 0; or 30 s after it began to stop,
    /// with exit code 1, if it was to join the cluster again.
    /// </summary>
    public static void LimitStop(this WebApplication app, Rejoining rejoining)
    {
        var time = app.Services.GetRequiredService<TimeProvider>();
        var (stopping, stopped) = (app.Lifetime.ApplicationStopping, app.Lifetime.ApplicationStopped);
        stopping.Register(() => _ = Task.Run(async () =>
        {
            if (!rejoining.IsDue) await app.HandedOverAsync(time);
            await Task.Delay(rejoining.IsDue ? LimitToRejoin : Limit, time, stopped)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stopped.IsCancellationRequested) Environment.Exit(rejoining.IsDue ? 1 : 0);
        }));
    }

    private static Task HandedOverAsync(this WebApplication app, TimeProvider time) => app.Services.GetService<SiloMembership>() is { } member
        ? Task.WhenAny(member.Left, Task.Delay(SiloMembership.LeaveLimit, time))
        : Task.CompletedTask;
}
