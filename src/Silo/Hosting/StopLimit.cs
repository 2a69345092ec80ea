namespace Malten.Silo.Hosting;

/// <summary>
/// Ends the process when an orderly stop takes too long: a silo takes its leave in the table, and tries for as long as it
/// takes, which is for ever when the other seeds have stopped too. What it holds is gone either way.
/// </summary>
internal static class StopLimit
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    // Nobody may be there to start a process again that ends instead of joining anew.
    private static readonly TimeSpan LimitToRejoin = TimeSpan.FromSeconds(30);

    /// <summary>Watches the stop of this application; a process that should have joined again ends with code 1.</summary>
    public static void LimitStop(this WebApplication app, Rejoining rejoining)
    {
        var (stopping, stopped) = (app.Lifetime.ApplicationStopping, app.Lifetime.ApplicationStopped);
        stopping.Register(() => _ = Task.Run(async () =>
        {
            await Task.Delay(rejoining.IsDue ? LimitToRejoin : Limit, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stopped.IsCancellationRequested) Environment.Exit(rejoining.IsDue ? 1 : 0);
        }));
    }
}
