namespace Malten.Silo.Lifetime;

/// <summary>
/// Restarts the host, empty, when the other silos have declared this one dead: it was cut off or too slow, and must not
/// continue with what it holds. Takes the place of Orleans' handler of fatal errors, which ends the process.
/// </summary>
internal sealed partial class Rejoining(IHostApplicationLifetime host, TimeProvider time, ILogger<Rejoining> logger)
    : IFatalErrorHandler
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int _due;

    /// <summary>Whether the host is to start again once it has stopped.</summary>
    public bool IsDue => _due != 0;

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (host.ApplicationStopping.IsCancellationRequested) return; // for whatever reason: who was asked to stop does not start again
        if (Interlocked.Exchange(ref _due, 1) != 0) return;
        LogRejoining(logger, exception?.GetType().Name ?? "declared dead");
        _ = Task.Run(host.StopApplication); // stopping may have to wait for the caller of this method
    }

    /// <summary>Returns whether the host is to start again, after a second if it is.</summary>
    public async Task<bool> IsDueAsync()
    {
        if (!IsDue) return false;
        await Task.Delay(Pause, time);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "This node lost its place in the cluster ({Reason}). It leaves and joins again, empty.")]
    private static partial void LogRejoining(ILogger logger, string reason);
}
