namespace Malten.Membership.Wire;

/// <summary>Bounds the requests of one connection per second: those above the limit are delayed by a second.</summary>
internal sealed class RateLimit(int perSecond, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);
    private long _windowStart = time.GetTimestamp();
    private int _requests;

    /// <summary>Counts a request, and returns when it may be handled.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancel"/> was cancelled.</exception>
    public async Task WaitAsync(CancellationToken cancel)
    {
        if (time.GetElapsedTime(_windowStart) >= Window) (_windowStart, _requests) = (time.GetTimestamp(), 0);
        if (++_requests > perSecond) await Task.Delay(Window, time, cancel);
    }
}
