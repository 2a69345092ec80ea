using Malten.Bench.Chaos;
using Malten.Testing.Histories.Checking;
using Malten.Testing.Nodes;

if (Options.Parse(args) is not { } options) return 2;
var scenario = options.Scenario;
if (scenario.Missing() is { } missing)
{
    Console.Error.WriteLine($"{scenario.Name} can't run here: {missing}.");
    return 2;
}

Console.WriteLine($"{scenario.Name}, seed {options.Seed}, history {options.History}");
using var network = scenario.Cables == Cables.None ? null
    : TestNetwork.Create(scenario.Nodes + scenario.Spare, mayBeSlow: scenario.Cables == Cables.Shaped);
using var cluster = network is null ? ProcessCluster.OnLoopback(scenario.Nodes) : ProcessCluster.On(network, scenario.Spare);
foreach (var node in cluster.Nodes) node.More = ["--Malten:Cluster:Copies", $"{scenario.Copies}"];
await using var trial = new Trial(cluster, scenario.Load, options.Seed, options.History);
Report? report = null;
try
{
    // A scenario prepares its nodes before they start.
    await scenario.RunAsync(new Stage(cluster, network, trial, scenario.Copies));
    report = await trial.EndAsync();
    Console.WriteLine(report);
    Console.WriteLine($"Nodes lost their place, and joined again in the same process: {cluster.Nodes.Sum(node => node.Rejoins)} times");
}
finally
{
    if (options.ShowsLogs || report is not { Violations.Count: 0 })
        foreach (var node in cluster.Nodes)
            Console.WriteLine($"--- node {node.Index}\n{node.Log}");
}

if (report.Gaps > 0) Console.WriteLine("Listeners heard gaps, though no stream was long enough to have one.");
return report is { Violations.Count: 0, Gaps: 0 } ? 0 : 1;
