namespace Malten.Bench.Load.Engine;

/// <summary>
/// Each publisher posts as soon as its last post is answered, as long as the slowest listener is less than
/// <paramref name="window"/> messages behind: a server that never makes a publisher wait is not driven to evict what
/// slow readers still need. A window of 1 waits until every listener has every message.
/// </summary>
internal sealed class ClosedLoop(long window, Progress progress) : IPace
{
    private const long Recheck = 50_000;
    private const long Patience = 2_000_000_000;

    private long _least;
    private long _moved;

    public bool MayPost(int publisher, long sequence, long posted, long now, out long intended)
    {
        intended = now;
        if (posted - _least < window) return true;
        var least = progress.Least;
        if (least > _least) (_least, _moved) = (least, now);
        // A listener may have lost the newest messages for good; the run continues and counts them.
        else if (now - _moved > Patience) (_least, _moved) = (posted, now);
        return posted - _least < window;
    }

    public long Wait(int publisher, long sequence, long now) => Recheck;
}
