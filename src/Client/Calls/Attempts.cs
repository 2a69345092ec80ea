using System.Net;
using Malten.Client.Connections;

namespace Malten.Client;

/// <summary>The attempts of one call: which node comes next, how long to wait for it, and when to give up.</summary>
internal sealed class Attempts(MaltenClientOptions options, NodeList nodes)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BusyWait = TimeSpan.FromSeconds(1);

    private readonly long _begun = options.TimeProvider.GetTimestamp();
    private readonly Backoff _backoff = new(options.LongestBackoff);
    private int _failed;

    /// <summary>How long the next attempt may take: never so long that no time is left for the nodes that have not been asked in this round.</summary>
    public TimeSpan Limit
    {
        get
        {
            var share = Rest / (nodes.Count - _failed % nodes.Count);
            return share < TimeSpan.Zero ? TimeSpan.Zero : share < options.AttemptTimeout ? share : options.AttemptTimeout;
        }
    }

    private TimeSpan Rest => options.CallTimeout - options.TimeProvider.GetElapsedTime(_begun);

    /// <summary>How long to wait before the next attempt; null to give up.</summary>
    public TimeSpan? WaitAfter(MaltenException failure, Uri node)
    {
        var wait = Wait(failure, node);
        return wait < Rest ? wait : null;
    }

    private TimeSpan? Wait(MaltenException failure, Uri node)
    {
        // Whoever asks too much of a node does not turn to the next.
        if (failure.Status == HttpStatusCode.TooManyRequests) return _backoff.Next(failure.RetryAfter ?? BusyWait);
        nodes.Leave(node);
        if (++_failed % nodes.Count != 0) return TimeSpan.Zero;
        if (failure.Fault == MaltenFault.BadAnswer) return null;
        return _backoff.Next(failure.RetryAfter is { } asked && asked > FirstWait ? asked : FirstWait);
    }
}
