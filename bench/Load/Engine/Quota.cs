namespace Malten.Bench.Load.Engine;

/// <summary>Each publisher posts as soon as its last post is answered, until they have posted a total number.</summary>
internal sealed class Quota(long posts) : IPace
{
    private const long Recheck = 1_000_000;

    public bool MayPost(int publisher, long sequence, long posted, long now, out long intended)
    {
        intended = now;
        return posted < posts;
    }

    public long Wait(int publisher, long sequence, long now) => Recheck;
}
