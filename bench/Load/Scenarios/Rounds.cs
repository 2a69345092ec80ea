using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Scenarios;

/// <summary>What one server did in all rounds of a scenario: medians, and the sum of all faults.</summary>
internal sealed class Rounds(string server)
{
    private readonly List<LoadResult> _results = [];

    public string Server { get; } = server;

    public Faults Faults => _results.Aggregate(default(Faults), (sum, result) => sum + result.Faults);

    public void Add(LoadResult result) => _results.Add(result);

    public double Median(Func<LoadResult, double> figure) => Median(_results.Select(figure));

    /// <summary>
    /// How many times this server's figure is the other's, round by round: what else the machine did in a round touched
    /// both.
    /// </summary>
    public IReadOnlyList<double> Ratios(Rounds other, Func<LoadResult, double> figure) =>
        [.. _results.Zip(other._results, (mine, his) => figure(mine) / figure(his))];

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
