using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Scenarios;

/// <summary>The results of one server over all rounds of a scenario: medians, and the sum of all faults.</summary>
internal sealed class Rounds(string server)
{
    private readonly List<LoadResult> _results = [];

    public string Server { get; } = server;

    public Faults Faults => _results.Aggregate(default(Faults), (sum, result) => sum + result.Faults);

    public void Add(LoadResult result) => _results.Add(result);

    public double Median(Func<LoadResult, double> figure) => Median(_results.Select(figure));

    /// <summary>
    /// The ratio of this server's figure to the other's in each round: other work on the machine in a round affects
    /// both.
    /// </summary>
    public IReadOnlyList<double> Ratios(Rounds other, Func<LoadResult, double> figure) =>
        [.. _results.Zip(other._results, (own, theirs) => figure(own) / figure(theirs))];

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
