using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>Drives one server at a time, in rounds (A B A B …), while the others idle.</summary>
internal static class Alternation
{
    public static List<Rounds> Alternate(Scenario scenario, LoadPlan plan, int count, IEnumerable<IServer?> servers)
    {
        var all = servers.OfType<IServer>().Select(server => (Server: server, Rounds: new Rounds(server.Name))).ToList();
        for (var round = 0; round < count; round++)
            foreach (var (server, rounds) in all)
                rounds.Add(Measure(scenario, server, plan));
        return [.. all.Select(entry => entry.Rounds)];
    }

    public static LoadResult Measure(Scenario scenario, IServer server, LoadPlan plan)
    {
        var result = LoadRun.Measure(server, plan);
        Console.Error.WriteLine(
            $"{scenario.Name,-24}{server.Name,-18}{result.DeliveriesPerSecond,12:N0} deliveries/s{result.PostsPerSecond,10:N0} posts/s"
            + $"  p99 {result.DeliveryLatency.Quantile(0.99).TotalMilliseconds,8:N2} ms"
            + $"  CPU s {result.ServerCpuSeconds:N2} + {result.GeneratorCpuSeconds:N2}  faults: {result.Faults}");
        return result;
    }
}
