using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Scenarios;

/// <summary>Latencies by the node where messages were posted and the node where they were heard.</summary>
/// <param name="Title">The cluster that was measured.</param>
/// <param name="Deliveries">Latencies, indexed by the listener's node, then the publisher's.</param>
/// <param name="Answers">Latencies from a post to its answer, by the publisher's node.</param>
/// <param name="Faults">The faults of all listeners; those of one stream are compared across nodes.</param>
internal sealed record HopResult(
    string Title, IReadOnlyList<IReadOnlyList<LatencyHistogram>> Deliveries, IReadOnlyList<LatencyHistogram> Answers, Faults Faults)
{
    /// <summary>The number of nodes; the first holds the streams.</summary>
    public const int Nodes = 3;

    /// <summary>The latencies of deliveries between the selected nodes.</summary>
    public LatencyHistogram Between(Func<int, int, bool> posterAndListener) => LatencyHistogram.Sum(
        from listener in Enumerable.Range(0, Nodes)
        from poster in Enumerable.Range(0, Nodes)
        where posterAndListener(poster, listener)
        select Deliveries[listener][poster]);

    /// <summary>The latencies of answers at the selected nodes.</summary>
    public LatencyHistogram AnsweredAt(Func<int, bool> poster) =>
        LatencyHistogram.Sum(Answers.Where((_, index) => poster(index)));
}
