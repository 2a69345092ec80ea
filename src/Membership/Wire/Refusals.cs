using System.Net;
using Microsoft.Extensions.Logging;

namespace Malten.Membership;

/// <summary>Tells the log who was refused, or refuses, but not so often that rubbish on the port fills the disk.</summary>
internal sealed class Refusals(ILogger log, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private long _last;
    private int _silent;

    public void OfPeer(EndPoint? peer, string reason)
    {
        if (Counts() is { } others) log.RefusedPeer(peer, reason, others);
    }

    public void OfSeed(SeedAddress seed, string reason)
    {
        if (Counts() is { } others) log.RefusedBySeed(seed, reason, others);
    }

    private int? Counts()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (_last != 0 && time.GetElapsedTime(_last, now) < Pause)
            {
                _silent++;
                return null;
            }

            _last = now;
            return Interlocked.Exchange(ref _silent, 0);
        }
    }
}
