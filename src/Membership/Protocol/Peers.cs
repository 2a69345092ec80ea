namespace Malten.Membership.Protocol;

/// <summary>Asks several seeds at the same time.</summary>
/// <param name="requestTimeout">How long each seed has to answer.</param>
internal sealed class Peers(Quorums quorums, ITransport transport, TimeSpan requestTimeout, TimeProvider time)
{
    /// <summary>The numbers of all seeds.</summary>
    public IEnumerable<int> All { get; } = [.. Enumerable.Range(0, quorums.Seeds)];

    /// <summary>
    /// Returns the replies received when <paramref name="enough"/> first holds, or when every seed has answered or
    /// timed out. Later replies are dropped.
    /// </summary>
    /// <param name="grace">
    /// For how long it waits for the rest once a majority has granted the request, given how long that took; null for as long as it takes.
    /// </param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public async Task<List<Reply>> AskAsync(IEnumerable<int> seeds, Request request, Func<List<Reply>, bool> enough,
        CancellationToken stop, Func<TimeSpan, TimeSpan>? grace = null)
    {
        var gate = new Lock();
        var replies = new List<Reply>();
        var silent = new HashSet<int>(seeds);
        var asked = time.GetTimestamp();
        ITimer? rest = null;
        // Continues on the thread that received the last reply, so that a simulation stays on its one thread.
        // Task.WhenEach does not.
        var done = new TaskCompletionSource();
        using var stopped = stop.UnsafeRegister(_ => done.TrySetCanceled(stop), null);
        if (silent.Count == 0) return replies;
        foreach (var seed in silent.ToArray()) _ = CollectAsync(seed);
        try
        {
            await done.Task;
            lock (gate) return [.. replies];
        }
        finally
        {
            lock (gate) rest?.Dispose();
        }

        async Task CollectAsync(int seed)
        {
            var reply = await AskAsync(seed, request);
            bool last;
            lock (gate)
            {
                silent.Remove(seed);
                if (reply is not null) replies.Add(reply);
                last = silent.Count == 0 || (reply is not null && !done.Task.IsCompleted && enough(replies));
                if (!last && !done.Task.IsCompleted && rest is null && grace is not null && HasMajority(replies))
                    rest = time.CreateTimer(_ => done.TrySetResult(), null, grace(time.GetElapsedTime(asked)), Timeout.InfiniteTimeSpan);
            }

            if (last) done.TrySetResult();
        }
    }

    private bool HasMajority(List<Reply> replies) => replies.Count(reply => reply.Granted) >= quorums.Majority;

    private async Task<Reply?> AskAsync(int seed, Request request)
    {
        using var timeout = new CancellationTokenSource(requestTimeout, time);
        return await transport.SendAsync(seed, request, timeout.Token);
    }
}
