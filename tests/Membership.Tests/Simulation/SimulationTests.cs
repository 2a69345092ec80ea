namespace Malten.Membership.Tests.Simulation;

public class SimulationTests(ITestOutputHelper output)
{
    /// <summary>
    /// How many histories are run; MALTEN_HISTORIES sets it. 100000 makes it a soak test. 0 skips the simulation, which
    /// would make mutation tests take hours.
    /// </summary>
    internal static readonly int Histories =
        int.TryParse(Environment.GetEnvironmentVariable("MALTEN_HISTORIES"), out var count) ? count : 1000;

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 400)]
    [InlineData(3, 1000)]
    [InlineData(4, 200)]
    [InlineData(5, 300)]
    public void Every_history_is_linearizable_and_recovers(int seeds, int perMille)
    {
        Assert.SkipWhen(Histories == 0, "MALTEN_HISTORIES is 0.");
        var (calls, generations) = (0, 0);
        for (var seed = 0; seed < Histories * perMille / 1000; seed++)
        {
            var world = new World(seed, seeds);
            var wrong = world.Storm() ?? (seed % 4 == 0 ? world.Calm() : null);
            Assert.True(wrong is null, $"History {seed} with {seeds} seeds: {wrong}");
            calls += world.History.Count;
            generations += world.Generations;
        }

        output.WriteLine($"{calls} calls, {generations} generations");
    }
}
