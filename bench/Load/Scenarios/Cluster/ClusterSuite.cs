using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>Measures the cost of a cluster: one silo and three, compared with the gateway alone.</summary>
internal sealed class ClusterSuite(SuiteOptions options, TextWriter report)
{
    public void Run()
    {
        report.WriteLine();
        if (options.Silo.Length == 0)
        {
            report.WriteLine("No cluster was measured: Orleans can't be restored here.");
            return;
        }

        List<Scenario> scenarios = [.. ClusterScenario.Deliveries, ClusterScenario.Posts, ClusterScenario.Begin];
        RunSideBySide([.. scenarios.Where(scenario => options.Wants(scenario.Name))]);
        if (options.Wants(ClusterScenario.Hop)) HopTable.Write(report, HopRun.Measure(options.Silo));
        if (options.Wants(ClusterScenario.Memory)) RunMemory();
    }

    private void RunSideBySide(List<Scenario> scenarios)
    {
        if (scenarios.Count == 0) return;
        using var gateway = DotnetServer.StartMalten(options.Gateway);
        using var one = SiloCluster.StartOne(options.Silo);
        using var three = SiloCluster.Start(options.Silo, 3);
        IServer[] servers = [gateway, one, three];
        var table = new ClusterTable(report);
        foreach (var (index, scenario) in scenarios.Index())
        {
            var plan = options.Complete(scenario.Plan);
            // Later scenarios have little code that is new. Each process of a cluster compiles it for itself.
            var priming = index == 0 ? options.Priming : options.Priming / 4;
            foreach (var server in servers)
                _ = Alternation.Measure(scenario, server, plan with { Duration = priming * server.Ports.Count });
            table.Write(scenario, Alternation.Alternate(scenario, plan, options.Rounds, servers));
        }
    }

    private void RunMemory()
    {
        using var cluster = SiloCluster.Start(options.Silo, 3);
        var result = StreamMemoryRun.Measure(cluster, options.IdleStreams);
        Console.Error.WriteLine($"{ClusterScenario.Memory,-24}{cluster.Name,-18}{result}");
        StreamMemoryTable.Write(report, result);
    }
}
