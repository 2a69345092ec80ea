namespace Malten.Membership;

/// <summary>Asks several seeds at once.</summary>
internal sealed class Peers(Quorums quorums, ITransport transport, RegisterOptions options, TimeProvider time)
{
    public IEnumerable<int> All { get; } = [.. Enumerable.Range(0, quorums.Seeds)];

    /// <summary>
    /// The answers so far once <paramref name="enough"/> holds, or else when all seeds have answered or had their time.
    /// Answers that come later are dropped.
    /// </summary>
    public async Task<List<Reply>> AskAsync(
        IEnumerable<int> seeds, Request request, Func<List<Reply>, bool> enough, CancellationToken stop)
    {
        var gate = new Lock();
        var replies = new List<Reply>();
        var silent = new HashSet<int>(seeds);
        // Continues where the last answer came in, hence on the one thread of a simulation; Task.WhenEach does not.
        var done = new TaskCompletionSource();
        using var stopped = stop.UnsafeRegister(_ => done.TrySetCanceled(stop), null);
        if (silent.Count == 0) return replies;
        foreach (var seed in silent.ToArray()) _ = HearAsync(seed);
        await done.Task;
        lock (gate) return [.. replies];

        async Task HearAsync(int seed)
        {
            var reply = await AskAsync(seed, request);
            bool last;
            lock (gate)
            {
                silent.Remove(seed);
                if (reply is not null) replies.Add(reply);
                last = silent.Count == 0 || (reply is not null && !done.Task.IsCompleted && enough(replies));
            }

            if (last) done.TrySetResult();
        }
    }

    private async Task<Reply?> AskAsync(int seed, Request request)
    {
        using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
        return await transport.SendAsync(seed, request, timeout.Token);
    }
}
