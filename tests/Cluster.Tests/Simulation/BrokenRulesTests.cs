namespace Malten.Cluster.Tests.Simulation;

/// <summary>Tests the simulation itself: with any one of these rules taken out, some history goes wrong.</summary>
[Collection(nameof(Undisturbed))]
public sealed class BrokenRulesTests(ITestOutputHelper output)
{
    [Fact]
    public void A_silo_that_says_it_holds_what_it_does_not() => Fails(new Breakage { AcknowledgesUnheld = true });

    [Fact]
    public void A_silo_that_answers_although_it_does_not_know_itself_a_member() => Fails(new Breakage { NeedsNoLease = true });

    [Fact]
    public void A_recovery_that_does_not_wait_for_those_declared_dead() => Fails(new Breakage { WaitsForNoDeparture = true });

    [Fact]
    public void Streams_that_nobody_moves() => Fails(new Breakage { MovesNothing = true });

    [Fact]
    public void A_view_that_counts_as_settled_at_once() => Fails(new Breakage { SettlesAtOnce = true });

    [Fact]
    public void A_silo_that_stops_without_handing_over() => Fails(new Breakage { LeavesAtOnce = true });

    [Fact]
    public void A_repeated_post_that_is_stored_again() => Fails(new Breakage { StoresRepeated = true });

    [Fact]
    public void A_recovery_that_fences_nobody() => Fails(new Breakage { RaisesNoFence = true });

    [Fact]
    public void An_activation_that_ends_before_it_is_complete_and_stays_where_it_is_looked_for() => Fails(new Breakage { LeavesIncomplete = true });

    // In these histories either the first two rules or the third are enough.
    [Fact]
    public void A_silo_that_goes_on_asking_after_it_was_declared_dead_and_is_answered() =>
        Fails(new Breakage { AnswersTheDead = true, AsksWithoutLease = true, KeepsNothing = true });

    private void Fails(Breakage broken)
    {
        Assert.SkipWhen(SimulationTests.Histories == 0, "MALTEN_HISTORIES is 0.");
        var found = Parallel.For(0, 4000, (seed, loop) =>
        {
            if (new World(seed, broken).Run() is not { } wrong) return;
            lock (output) output.WriteLine($"History {seed}: {wrong}");
            loop.Stop();
        });
        Assert.False(found.IsCompleted, "No history was wrong.");
    }
}
