namespace Malten.Bench.Load.Engine;

/// <summary>
/// Posts at a given rate, whatever the server does. A message that has to wait because the one before it is not answered
/// yet is late from the moment at which it was due: the server's pauses are not left out of the figures.
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
