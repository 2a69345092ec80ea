namespace Malten.Bench.Load.Engine;

/// <summary>
/// Posts at a given rate, whatever the server does. The latency of a message that has to wait for the previous answer
/// counts from the moment at which it was due, so the figures include the server's pauses.
/// </summary>
internal sealed class OpenLoop(double postsPerSecond, int publishers, long start) : IPace
{
    private readonly double _interval = 1e9 * publishers / postsPerSecond;

    public bool MayPost(int publisher, long sequence, long posted, long now, out long intended) =>
        (intended = Due(publisher, sequence)) <= now;

    public long Wait(int publisher, long sequence, long now) => Math.Max(0, Due(publisher, sequence) - now);

    private long Due(int publisher, long sequence) =>
        start + (long)(_interval * (sequence + ((double)publisher / publishers)));
}
