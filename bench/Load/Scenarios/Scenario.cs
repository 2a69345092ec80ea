namespace Malten.Bench.Load.Scenarios;

/// <summary>A measurement that is repeated for each server in turn.</summary>
internal sealed record Scenario(string Name, string Title, LoadPlan Plan)
{
    /// <summary>The name of the scenario that measures only memory.</summary>
    public const string Idle = "idle";

    public static IReadOnlyList<Scenario> Deliveries { get; } =
    [
        Closed(16, 100), Closed(16, 1000), Closed(1, 100), Closed(1, 1000), Open(100, 500), Open(1000, 50),
    ];

    /// <summary>A fifth of the listeners is on slow links: the latency of the others, beside that of as many without them.</summary>
    public static IReadOnlyList<Scenario> Slow { get; } = [.. new[] { Open(100, 500), Open(1000, 50) }
        .Select(open => open with { Name = open.Name.Replace("open", "slow", StringComparison.Ordinal) })];

    public static Scenario Posts { get; } = new(
        "posts", "32 connections, closed loop, no listeners", new LoadPlan { Listeners = 0, Publishers = 32 });

    /// <summary>A million messages are posted to a stream that holds 1,024.</summary>
    public static Scenario Million { get; } = new("million", "a million posts to one stream, 16 publishers, 10 listeners",
        new LoadPlan { Listeners = 10, Publishers = 16, Posts = 1_000_000 });

    /// <summary>The names of all scenarios.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Deliveries.Concat(Slow).Select(scenario => scenario.Name), Posts.Name, Million.Name, Idle];

    /// <summary>Whether latency at a given rate counts, rather than throughput.</summary>
    public bool IsOpenLoop => Plan.Rate is not null;

    /// <summary>The best of the results with several settings of one server; null when there are none.</summary>
    public Rounds? Better(IReadOnlyList<Rounds> settings) => IsOpenLoop
        ? settings.MinBy(rounds => rounds.Median(result => result.DeliveryLatency.Quantile(0.99).TotalMilliseconds))
        : settings.MaxBy(rounds => rounds.Median(result => result.DeliveriesPerSecond));

    private static Scenario Closed(int publishers, int listeners) => new(
        $"closed-{publishers}x{listeners}", $"closed loop, {Count(publishers, "publisher")}, {listeners:N0} listeners",
        new LoadPlan { Publishers = publishers, Listeners = listeners });

    private static Scenario Open(int listeners, double rate) => new(
        $"open-{listeners}", $"open loop, {rate:N0} posts/s, {listeners:N0} listeners",
        new LoadPlan { Listeners = listeners, Rate = rate });

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";
}
