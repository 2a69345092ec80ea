using System.Globalization;

namespace Malten.Bench.Chaos.Moving;

/// <summary>A post of the steady load that was acknowledged.</summary>
/// <param name="Stream">Where it was posted.</param>
/// <param name="Due">When it was due, as a timestamp of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="Took">The time from then to its acknowledgement, repeats included.</param>
internal sealed record Wait(string Stream, long Due, TimeSpan Took)
{
    /// <summary>How many these are, and how long they took: the median, the 99th percentile and the most, in ms, as cells of a table.</summary>
    public static string Summarize(IEnumerable<Wait> waits)
    {
        var took = waits.Select(wait => wait.Took.TotalMilliseconds).Order().ToList();
        return string.Create(CultureInfo.InvariantCulture, $"{took.Count:N0} | {Quantile(0.5):0.0} | {Quantile(0.99):0.0} | {Quantile(1):0}");

        double Quantile(double share) => took.Count == 0 ? 0 : took[Math.Max(0, (int)Math.Ceiling(share * took.Count) - 1)];
    }
}
