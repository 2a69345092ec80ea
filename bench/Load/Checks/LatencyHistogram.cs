using System.Numerics;

namespace Malten.Bench.Load.Checks;

/// <summary>Counts latencies from 1 ns to hours, in buckets whose width is at most 1/64 of their values.</summary>
internal sealed class LatencyHistogram
{
    private const int Precision = 6;
    private const int Steps = 1 << Precision;

    private readonly long[] _counts = new long[(65 - Precision) * Steps];

    public long Count { get; private set; }

    public static IReadOnlyList<LatencyHistogram> Several(int count) => [.. Enumerable.Range(0, count).Select(_ => new LatencyHistogram())];

    /// <summary>Merges several histograms.</summary>
    public static LatencyHistogram Sum(IEnumerable<LatencyHistogram> parts)
    {
        var all = new LatencyHistogram();
        foreach (var part in parts) all.Add(part);
        return all;
    }

    public void Record(long nanoseconds)
    {
        var value = (ulong)Math.Max(0, nanoseconds);
        var shift = Math.Max(0, BitOperations.Log2(value | 1) - Precision);
        _counts[(shift << Precision) + (int)(value >> shift)]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        Count += other.Count;
    }

    /// <summary>The latency that a share (0 to 1) of all did not exceed: the upper end of its bucket.</summary>
    public TimeSpan Quantile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
            if ((seen += _counts[i]) >= rank && _counts[i] > 0)
                return TimeSpan.FromMicroseconds(UpperEnd(i) / 1000.0);
        return TimeSpan.Zero;
    }

    private static double UpperEnd(int index)
    {
        var shift = Math.Max(0, (index >> Precision) - 1);
        return ((index - (shift << Precision) + 1L) << shift) - 1;
    }
}
