namespace Malten.Bench.Load.Engine;

/// <summary>How many messages each listener has passed. Reader threads write it; publishers read it.</summary>
internal sealed class Progress(int listeners)
{
    private readonly long[] _passed = new long[listeners];

    /// <summary>The number of messages that the slowest listener has passed.</summary>
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
