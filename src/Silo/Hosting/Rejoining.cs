namespace Malten.Silo.Hosting;

/// <summary>
/// What happens to a silo that the others have declared dead, since it was cut off or too slow: it must not go on as it
/// is. In place of Orleans' handler, which ends the process, the host is stopped and started again, empty, to join anew.
/// </summary>
internal sealed partial class Rejoining(IHostApplicationLifetime host, ILogger<Rejoining> logger) : IFatalErrorHandler
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private int _due;

    public bool IsUnexpected(Exception exception) => true;

    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        if (Interlocked.Exchange(ref _due, 1) != 0) return;
        LogRejoining(logger, exception?.GetType().Name ?? "declared dead");
        _ = Task.Run(host.StopApplication); // it waits for what may wait for this
    }

    /// <summary>Whether the host is to start again.</summary>
    public bool IsDue => _due != 0;

    /// <summary>Whether to start again; waits a moment before it says yes.</summary>
    public async Task<bool> IsDueAsync()
    {
        if (!IsDue) return false;
        await Task.Delay(Pause);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "This node lost its place in the cluster ({Reason}); it leaves and joins again, empty.")]
    private static partial void LogRejoining(ILogger logger, string reason);
}
