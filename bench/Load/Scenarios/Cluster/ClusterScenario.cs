namespace Malten.Bench.Load.Scenarios;

/// <summary>What is measured of a cluster.</summary>
internal static class ClusterScenario
{
    /// <summary>How much later a message comes that crosses from node to node.</summary>
    public const string Hop = "cluster-hop";

    /// <summary>What an idle stream takes.</summary>
    public const string Memory = "cluster-memory";

    private const string Prefix = "cluster-";

    /// <summary>Each of the gateway alone, of one silo, and of three with posts and listeners spread over them.</summary>
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
