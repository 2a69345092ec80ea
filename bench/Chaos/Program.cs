using System.Globalization;
using Malten.Testing.Nodes;

// usage: dotnet run -c Release --project bench/Chaos -- [kill|roll|pause|cut|pair|two] [seed] [--logs]
var showsLogs = args.Contains("--logs");
args = [.. args.Where(argument => argument != "--logs")];
var scenario = args.ElementAtOrDefault(0) ?? "kill";
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : Random.Shared.Next(1_000_000);
Console.WriteLine($"{scenario}, seed {seed}");

var hosts = scenario is "pair" or "two" ? 5 : 3;
using var network = scenario is "cut" or "pair" ? TestNetwork.Create(hosts) : null;
using var cluster = network is null ? ProcessCluster.OnLoopback(hosts) : ProcessCluster.On(network);
if (scenario == "two")
    foreach (var node in cluster.Nodes) node.More = ["--Malten:Cluster:Copies", "3"];
await using var trial = new Trial(cluster, streams: 200, posters: 9, listeners: 60, seed);
await cluster.StartAsync(trial.Http);
await trial.StartAsync();
var calm = TimeSpan.FromSeconds(5);
switch (scenario)
{
    case "kill":
        foreach (var recovery in await Scenarios.KillEachAsync(cluster.Nodes, trial, calm))
            Console.WriteLine($"a node was killed; every stream took posts again after {recovery.TotalSeconds:0.0} s");
        break;
    case "roll":
        await Scenarios.RollAsync(cluster, trial, calm);
        break;
    case "cut":
        foreach (var host in Enumerable.Range(0, 3))
        {
            var recovery = await Scenarios.CutAsync(cluster, network!, trial, host, TimeSpan.FromSeconds(30));
            Console.WriteLine($"a host was cut off for 30 s; every stream took posts again after {recovery.TotalSeconds:0.0} s");
        }

        break;
    case "pause":
        foreach (var recovery in await Scenarios.PauseEachAsync(cluster.Nodes, trial, TimeSpan.FromSeconds(15), calm))
            Console.WriteLine($"a node hung for 15 s; every stream took posts again after {recovery.TotalSeconds:0.0} s");
        break;
    case "pair":
        for (var round = 0; round < 3; round++)
            await Scenarios.SplitAsync(cluster, network!, trial, [round, round + 2], TimeSpan.FromSeconds(40), () => Task.CompletedTask);
        break;
    case "two":
        for (var round = 0; round < 5; round++)
        {
            var recovery = await Scenarios.KillTogetherAsync([cluster.Nodes[round], cluster.Nodes[(round + 2) % 5]], trial);
            Console.WriteLine($"two nodes were killed at once; every stream took posts again after {recovery.TotalSeconds:0.0} s");
            await Task.Delay(TimeSpan.FromSeconds(15));
        }

        break;
    default:
        Console.Error.WriteLine("The scenario must be kill, roll, pause, cut, pair or two.");
        return 2;
}

var verdict = await trial.EndAsync();
Console.WriteLine(verdict);
if (showsLogs || verdict.Faults.Count > 0)
    foreach (var node in cluster.Nodes)
        Console.WriteLine($"--- node {node.Index}\n{node.Log}");
return verdict.Faults.Count == 0 ? 0 : 1;
