using System.Net;
using Microsoft.Extensions.Logging;

namespace Malten.Membership;

/// <summary>All that this room says to the log. No values.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Seed {Seed} has recovered generation {Generation}.")]
    public static partial void Recovered(this ILogger log, int seed, Generation? generation);

    [LoggerMessage(2, LogLevel.Warning,
        "Seed {Seed} began generation {Generation}: a majority of the seeds remembered nothing, as at a first start. "
        + "Earlier generations still remembered, and lost with this: {Lost}.")]
    public static partial void Founded(this ILogger log, int seed, Generation generation, int lost);

    [LoggerMessage(3, LogLevel.Warning,
        "Seed {Seed} leaves generation {Generation} and forgets it: {Reason}. It recovers what the others have.")]
    public static partial void Forgot(this ILogger log, int seed, Generation? generation, string reason);

    [LoggerMessage(4, LogLevel.Debug,
        "Seed {Seed} remembers nothing and waits: {Forgotten} without memory, {Generations} generations remembered.")]
    public static partial void Waiting(this ILogger log, int seed, int forgotten, int generations);

    [LoggerMessage(5, LogLevel.Warning, "Refused {Peer} on the register's port: {Reason}. {Others} more since the last line.")]
    public static partial void RefusedPeer(this ILogger log, EndPoint? peer, string reason, int others);

    [LoggerMessage(6, LogLevel.Warning, "Cannot use seed {Seed}: {Reason}. {Others} more since the last line.")]
    public static partial void RefusedBySeed(this ILogger log, SeedAddress seed, string reason, int others);
}
