using Malten.Testing.Hostile;

namespace Malten.Bench.Hostile;

/// <summary>How ordinary clients were served.</summary>
/// <param name="Asked">How much they asked.</param>
/// <param name="Share">Which share of it was done within five seconds, 0 to 1.</param>
/// <param name="P99">The 99th percentile of how long that took, from when it was due.</param>
/// <param name="Faults">What was answered instead, and how often.</param>
internal sealed record Served(int Asked, double Share, TimeSpan P99, string Faults)
{
    /// <summary>Of what was due from one time to another.</summary>
    public static Served Of(IEnumerable<Done> done, long from, long to)
    {
        var asked = done.Where(one => one.Due >= from && one.Due < to).ToList();
        var took = asked.Where(one => one.Took is not null).Select(one => one.Took!.Value).Order().ToList();
        var faults = asked.Where(one => one.Took is null).CountBy(one => $"{one.Kind} {one.Fault}").OrderByDescending(fault => fault.Value);
        return new Served(
            asked.Count, asked.Count == 0 ? 0 : (double)took.Count / asked.Count,
            took.Count == 0 ? TimeSpan.Zero : took[(int)Math.Ceiling(0.99 * took.Count) - 1],
            string.Join(", ", faults.Select(fault => $"{fault.Value} {fault.Key}")));
    }
}
