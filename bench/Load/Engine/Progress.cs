namespace Malten.Bench.Load.Engine;

/// <summary>How far each listener is, in messages; written by those who read, and looked at by those who post.</summary>
internal sealed class Progress(int listeners)
{
    private readonly long[] _passed = new long[listeners];

    /// <summary>What the slowest listener has passed.</summary>
    public long Least
    {
        get
        {
            var least = long.MaxValue;
            foreach (ref var passed in _passed.AsSpan()) least = Math.Min(least, Volatile.Read(ref passed));
            return least;
        }
    }

    public void Set(int listener, long passed) => Volatile.Write(ref _passed[listener], passed);
}
