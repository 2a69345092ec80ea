namespace Malten.Cluster.Tests.Simulation;

/// <summary>Streams and their copies, in many histories that differ by a number only.</summary>
[Collection(nameof(Undisturbed))]
public sealed class SimulationTests(ITestOutputHelper output)
{
    /// <summary>How many histories are run; MALTEN_HISTORIES sets it. 0 skips them, which mutation tests need.</summary>
    internal static readonly int Histories =
        int.TryParse(Environment.GetEnvironmentVariable("MALTEN_HISTORIES"), out var count) ? count : 500;

    [Fact]
    public void No_history_loses_an_acknowledged_message_or_shows_an_old_page()
    {
        Assert.SkipWhen(Histories == 0, "MALTEN_HISTORIES is 0.");
        var (acknowledged, incarnations, wrong) = (0L, 0L, int.MaxValue);
        Parallel.For(0, Histories, (seed, loop) =>
        {
            var world = new World(seed);
            if (world.Run() is not null)
            {
                lock (output) wrong = Math.Min(wrong, seed);
                loop.Break(); // those before it are still run
            }

            Interlocked.Add(ref acknowledged, world.Acknowledged);
            Interlocked.Add(ref incarnations, world.Incarnations);
        });
        if (wrong < int.MaxValue) Assert.Fail($"History {wrong}: {new World(wrong, tell: output.WriteLine).Run()}");
        output.WriteLine($"{Histories} histories, {acknowledged} messages acknowledged, {incarnations} silos");
    }
}
