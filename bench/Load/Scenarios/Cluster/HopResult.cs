using Malten.Bench.Load.Checks;

namespace Malten.Bench.Load.Scenarios;

/// <summary>How long messages took, by the node where they were posted and the node where they were heard.</summary>
/// <param name="Title">What was driven.</param>
/// <param name="Deliveries">First by the listener's node, then by the publisher's.</param>
/// <param name="Answers">From a post to its answer, by the publisher's node.</param>
/// <param name="Faults">Of all listeners, those of one stream compared across nodes.</param>
internal sealed record HopResult(
    string Title, IReadOnlyList<IReadOnlyList<LatencyHistogram>> Deliveries, IReadOnlyList<LatencyHistogram> Answers, Faults Faults)
{
    /// <summary>Nodes; the first holds the streams.</summary>
    public const int Nodes = 3;

    /// <summary>The deliveries between nodes that stand so to each other.</summary>
    public LatencyHistogram Between(Func<int, int, bool> posterAndListener) => LatencyHistogram.Sum(
        from listener in Enumerable.Range(0, Nodes)
        from poster in Enumerable.Range(0, Nodes)
        where posterAndListener(poster, listener)
        select Deliveries[listener][poster]);

    /// <summary>The answers to posts at such nodes.</summary>
    public LatencyHistogram AnsweredAt(Func<int, bool> poster) =>
        LatencyHistogram.Sum(Answers.Where((_, index) => poster(index)));
}
