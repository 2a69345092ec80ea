using Malten.Bench.Load.Servers;

namespace Malten.Bench.Load.Scenarios;

/// <summary>
/// Runs the scenarios: starts the servers, drives one at a time in rounds (A B A B …) while the others idle, and writes
/// the report. Servers stay up between rounds, so that warm servers are measured. nchan runs with one worker and
/// with two; the report shows whichever does better in a scenario.
/// </summary>
internal sealed class Suite(SuiteOptions options, string folder, TextWriter report)
{
    private readonly string? _nchan = options.WithNchan ? Nchan.FindModule() : null;

    public void Run()
    {
        MachineFacts.Write(report, _nchan is null ? null : Nchan.Version);
        RunDeliveries([.. Scenario.Deliveries.Where(scenario => options.Wants(scenario.Name))]);
        RunSlow([.. Scenario.Slow.Where(scenario => options.Wants(scenario.Name))]);
        if (options.Wants(Scenario.Posts.Name)) RunPosts();
        if (options.Wants(Scenario.Million.Name)) RunMillion();
        if (options.Wants(Scenario.Idle)) RunIdle();
        if (ClusterScenario.Names.Any(options.Wants)) new ClusterSuite(options, report).Run();
    }

    private void RunDeliveries(List<Scenario> scenarios)
    {
        if (scenarios.Count == 0) return;
        using var malten = DotnetServer.StartMalten(options.Gateway);
        using var oneWorker = StartNchan(1);
        using var twoWorkers = StartNchan(2);
        var table = new DeliveryTable(report);
        // Until its hot code is fully optimized, a .NET server spends much of two cores on the compiler.
        _ = Alternation.Measure(scenarios[0], malten, options.Complete(scenarios[0].Plan) with { Duration = options.Priming });
        foreach (var scenario in scenarios)
        {
            var plan = options.Complete(scenario.Plan);
            var rounds = Alternation.Alternate(scenario, plan, options.Rounds, [malten, oneWorker, twoWorkers]);
            table.Write(scenario, rounds[0], scenario.Better([.. rounds.Skip(1)]));
        }
    }

    private void RunSlow(List<Scenario> scenarios)
    {
        if (scenarios.Count == 0) return;
        using var malten = DotnetServer.StartMalten(options.Gateway);
        using var nchan = StartNchan(2);
        SlowTable.WriteHead(report);
        _ = Alternation.Measure(scenarios[0], malten, options.Complete(scenarios[0].Plan) with { Duration = options.Priming });
        foreach (var scenario in scenarios)
            foreach (var server in ((ServerProcess?[])[malten, nchan]).OfType<ServerProcess>())
            {
                var quick = options.Complete(scenario.Plan);
                var slow = quick with { Listeners = quick.Listeners * 4 / 5, SlowListeners = quick.Listeners / 5 };
                var (without, with) = (new Rounds(server.Name), new Rounds(server.Name));
                for (var round = 0; round < options.Rounds; round++)
                {
                    without.Add(Alternation.Measure(scenario, server, quick));
                    with.Add(Alternation.Measure(scenario, server, slow));
                }

                SlowTable.WriteRow(report, scenario, without, with);
            }
    }

    private void RunPosts()
    {
        using var malten = DotnetServer.StartMalten(options.Gateway);
        using var empty = DotnetServer.StartEmptyPost(options.EmptyPost);
        var plan = options.Complete(Scenario.Posts.Plan);
        foreach (var server in (ServerProcess[])[malten, empty])
            _ = Alternation.Measure(Scenario.Posts, server, plan with { Duration = options.Priming / 2 });
        var rounds = Alternation.Alternate(Scenario.Posts, plan, options.Rounds + 1, [malten, empty]);
        PostTable.Write(report, rounds[0], rounds[1]);
    }

    private void RunMillion()
    {
        using var malten = DotnetServer.StartMalten(options.Gateway);
        MillionTable.Write(report, Alternation.Measure(Scenario.Million, malten, options.Complete(Scenario.Million.Plan)));
    }

    private void RunIdle()
    {
        var results = new List<IdleResult>();
        using (var malten = DotnetServer.StartMalten(options.Gateway)) results.Add(MeasureIdle(malten));
        using (var nchan = StartNchan(1))
            if (nchan is not null)
                results.Add(MeasureIdle(nchan));
        IdleTable.Write(report, results);
    }

    private IdleResult MeasureIdle(ServerProcess server)
    {
        var result = IdleRun.Measure(server, options.IdleListeners);
        Console.Error.WriteLine($"{"idle",-24}{server.Name,-18}{result.BytesPerListener / 1024:N1} KB a listener");
        return result;
    }

    private ServerProcess? StartNchan(int workers) =>
        _nchan is null ? null : Nchan.Start(_nchan, Path.Combine(folder, $"nchan-{workers}-{Guid.NewGuid():n}"), workers);
}
