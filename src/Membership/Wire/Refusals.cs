using System.Net;
using Malten.Membership.Seeds;
using Microsoft.Extensions.Logging;

namespace Malten.Membership.Wire;

/// <summary>
/// Logs which peers this node refuses and which seeds refuse it, at most once every ten seconds, so that garbage sent
/// to the port cannot fill the disk.
/// </summary>
internal sealed partial class Refusals(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private long? _loggedAt;
    private int _suppressed;

    /// <summary>This node refused a peer.</summary>
    public void OfPeer(EndPoint? peer, string reason)
    {
        if (IsDue(out var others)) LogRefusedPeer(logger, peer, reason, others);
    }

    /// <summary>A seed refused this node, or is not the intended one.</summary>
    public void OfSeed(SeedAddress seed, string reason)
    {
        if (IsDue(out var others)) LogRefusedBySeed(logger, seed, reason, others);
    }

    private bool IsDue(out int others)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_loggedAt is { } then && time.GetElapsedTime(then, now) < Pause)
            {
                others = ++_suppressed;
                return false;
            }

            others = _suppressed;
            (_loggedAt, _suppressed) = (now, 0);
            return true;
        }
    }

    [LoggerMessage(LogLevel.Warning,
        "Refused {Peer} on the register's port: {Reason}. {Others} similar lines were suppressed since the last one.")]
    private static partial void LogRefusedPeer(ILogger logger, EndPoint? peer, string reason, int others);

    [LoggerMessage(LogLevel.Warning,
        "Cannot use seed {Seed}: {Reason}. {Others} similar lines were suppressed since the last one.")]
    private static partial void LogRefusedBySeed(ILogger logger, SeedAddress seed, string reason, int others);
}
