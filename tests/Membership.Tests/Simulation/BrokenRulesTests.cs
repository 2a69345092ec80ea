using Malten.Membership.Protocol;

namespace Malten.Membership.Tests.Simulation;

/// <summary>Tests the simulation itself: with any one rule broken, it finds a wrong history.</summary>
public class BrokenRulesTests(ITestOutputHelper output)
{
    [Fact]
    public void An_acceptor_that_forgets_its_promise() => Fails(3, new Breakage
    {
        Handle = (acceptor, request) =>
        {
            var before = acceptor.State;
            var reply = acceptor.Handle(request);
            if (request is Prepare) acceptor.Memory() = acceptor.State with { Promise = before.Promise };
            return reply;
        },
    });

    [Fact]
    public void An_acceptor_that_accepts_below_its_promise() => Fails(3, new Breakage
    {
        Handle = (acceptor, request) =>
        {
            if (request is Accept) acceptor.Memory() = acceptor.State with { Promise = Ballot.Zero };
            return acceptor.Handle(request);
        },
    });

    [Fact]
    public void A_seed_that_takes_part_before_it_has_recovered() => Fails(3, new Breakage
    {
        Born = (acceptor, network) =>
        {
            var other = Enumerable.Range(0, 3).Select(seed => network[seed]?.State)
                .FirstOrDefault(state => state is not null);
            if (other is not null)
                acceptor.Memory() = acceptor.State with { Generation = other.Generation, Known = other.Known };
        },
    });

    [Fact]
    public void A_recovery_that_asks_too_few() =>
        Fails(3, new Breakage { Quorums = quorums => quorums with { Recovery = quorums.Recovery - 1 } });

    [Fact]
    public void Replies_of_an_earlier_incarnation_that_count() => Fails(3, new Breakage
    {
        Handle = (acceptor, request) =>
        {
            var reply = acceptor.Handle(request);
            return request is Prepare or Accept
                ? reply with { State = reply.State with { Known = [.. new Incarnation[3]] } }
                : reply;
        },
    });

    [Fact]
    public void A_proposer_that_needs_only_a_minority() =>
        Fails(3, new Breakage { Quorums = quorums => quorums with { Majority = 1 } });

    [Fact]
    public void A_seed_that_joins_a_new_generation_although_it_has_memory() => Fails(3, new Breakage
    {
        Handle = (acceptor, request) =>
        {
            if (request is FoundGeneration found)
            {
                var (seed, life) = (acceptor.State.Seed, found.Founders[acceptor.State.Seed]);
                acceptor.Memory() = AcceptorState.Forgotten(seed, 3, life.Id) with { Incarnation = life };
            }

            var reply = acceptor.Handle(request);
            return request is Recover
                ? new Reply(false, reply.State with { Generation = null, Known = [.. new Incarnation[3]] })
                : reply;
        },
    });

    private void Fails(int seeds, Breakage breakage)
    {
        Assert.SkipWhen(SimulationTests.Histories == 0, "MALTEN_HISTORIES is 0.");
        for (var seed = 0; seed < 5000; seed++)
        {
            if (new World(seed, seeds, breakage).Storm() is not { } wrong) continue;
            output.WriteLine($"History {seed}: {wrong}");
            return;
        }

        Assert.Fail("No history was wrong.");
    }
}
