using System.Globalization;

namespace Malten.Bench.Chaos.Moving;

/// <summary>Something that was done to a node, and what came of it.</summary>
/// <param name="Deed">What was done, in words.</param>
/// <param name="From">When it began, as a timestamp of <see cref="System.Diagnostics.Stopwatch"/>.</param>
/// <param name="To">When the copies had been whole for some seconds.</param>
/// <param name="Whole">How long after the beginning copies were missing for the last time.</param>
/// <param name="Moved">The streams of the steady load that the node held before or holds since.</param>
/// <param name="Lost">How many members lost their place meanwhile, though nobody had ended them.</param>
/// <param name="MostHeld">The most that any node held meanwhile, in bytes.</param>
internal sealed record Step(string Deed, long From, long To, TimeSpan Whole, IReadOnlySet<string> Moved, int Lost, long MostHeld)
{
    private const string Latencies = "p50 ms | p99 ms | max ms";

    /// <summary>The head of a table of steps, in Markdown.</summary>
    public const string Head = $"""
        | what was done | copies whole after, s | posts to other streams | {Latencies} | to its streams | {Latencies} | lost their place | most held, MiB |
        |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
        """;

    /// <summary>The row of this step.</summary>
    public string Row(IEnumerable<Wait> waits)
    {
        var posts = waits.Where(wait => wait.Due >= From && wait.Due < To).ToLookup(wait => Moved.Contains(wait.Stream));
        return string.Create(CultureInfo.InvariantCulture,
            $"| {Deed} | {Whole.TotalSeconds:0.0} | {Wait.Summarize(posts[false])} | {Wait.Summarize(posts[true])} | {Lost} | {MostHeld >> 20} |");
    }
}
