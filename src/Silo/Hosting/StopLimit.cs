namespace Malten.Silo.Hosting;

/// <summary>
/// Ends the process when an orderly stop takes too long: a silo takes its leave in the table, and tries for as long as it
/// takes, which is for ever when the other seeds have stopped too. What it holds is gone either way.
/// </summary>
internal static class StopLimit
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    /// <summary>Watches the stop of this application; a process that should have joined again ends with code 1.</summary>
    public static void LimitStop(this WebApplication app, Rejoining rejoining)
    {
        var stopped = app.Lifetime.ApplicationStopped;
        app.Lifetime.ApplicationStopping.Register(() => _ = Task.Run(async () =>
        {
            await Task.Delay(Limit, stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stopped.IsCancellationRequested) Environment.Exit(rejoining.IsDue ? 1 : 0);
        }));
    }
}
