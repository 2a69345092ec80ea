using Microsoft.Extensions.Logging;

namespace Malten.Membership;

/// <summary>A seed's own care: it gets its memory back, and leaves a generation that is over.</summary>
internal sealed class Seed(
    Acceptor acceptor,
    Quorums quorums,
    Peers peers,
    RegisterOptions options,
    TimeProvider time,
    Random random,
    ILogger log)
{
    private readonly Recovery _recovery = new(acceptor, quorums, peers, time, random, log);
    private readonly Watch _watch = new(acceptor, quorums, peers, log);

    /// <summary>Runs until it is stopped; then throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var settled = acceptor.State.Generation is null
                ? await _recovery.TryAsync(stop)
                : await _watch.LookAsync(stop);
            var pause = settled ? options.WatchInterval : options.RecoveryInterval;
            await Task.Delay(pause * (0.5 + random.NextDouble()), time, stop);
        }
    }
}
