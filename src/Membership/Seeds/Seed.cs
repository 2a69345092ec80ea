using Malten.Membership.Protocol;
using Microsoft.Extensions.Logging;

namespace Malten.Membership.Seeds;

/// <summary>A seed's background task: it recovers the seed's memory, and leaves a generation that is over.</summary>
internal sealed class Seed(
    Acceptor acceptor,
    Quorums quorums,
    Peers peers,
    SeedOptions options,
    TimeProvider time,
    Random random,
    ILogger logger)
{
    private readonly Recovery _recovery = new(acceptor, quorums, peers, time, random, logger);
    private readonly Watch _watch = new(acceptor, quorums, peers, logger);

    /// <summary>Runs until it is stopped.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var settled = acceptor.State.Generation is null
                ? await _recovery.TryAsync(stop)
                : await _watch.CheckAsync(stop);
            var pause = settled ? options.WatchInterval : options.RecoveryInterval;
            await Task.Delay(pause * (0.5 + random.NextDouble()), time, stop);
        }
    }
}
