namespace Malten.Bench.Load.Scenarios;

/// <summary>The scenarios that measure a cluster.</summary>
internal static class ClusterScenario
{
    /// <summary>The latency that a hop between nodes adds.</summary>
    public const string Hop = "cluster-hop";

    /// <summary>The memory of an idle stream.</summary>
    public const string Memory = "cluster-memory";

    private const string Prefix = "cluster-";

    /// <summary>Each runs on the gateway alone, on one silo, and on three with the load spread over them.</summary>
    public static IReadOnlyList<Scenario> Deliveries { get; } =
    [
        .. Scenario.Deliveries.Where(scenario => scenario.Name is "closed-16x100" or "closed-16x1000" or "closed-1x100")
            .Select(scenario => scenario with { Name = Prefix + scenario.Name }),
    ];

    public static Scenario Posts { get; } = Scenario.Posts with { Name = Prefix + Scenario.Posts.Name };

    /// <summary>Every post begins a stream.</summary>
    public static Scenario Begin { get; } = new(
        Prefix + "begin", "32 connections, closed loop, each post begins a stream",
        new LoadPlan { Listeners = 0, Publishers = 32, BeginsStreams = true });

    public static IReadOnlyList<string> Names { get; } =
        [.. Deliveries.Select(scenario => scenario.Name), Posts.Name, Begin.Name, Hop, Memory];
}
