using Malten.Membership.Protocol;
using Malten.Membership.Registers;

namespace Malten.Membership.Tests.Protocol;

/// <summary>The cases that the rules of the protocol exist for, step by step, on real acceptors.</summary>
public class ProtocolTests
{
    private static readonly Quorums Three = Quorums.Of(3);
    private readonly Random _random = new(1);
    private readonly Acceptor[] _seeds;
    private readonly Generation _generation = new(1, Guid.Empty);

    public ProtocolTests()
    {
        _seeds = [.. Enumerable.Range(0, 3).Select(seed => new Acceptor(seed, 3, _random.NextGuid))];
        var found = new FoundGeneration(_generation, [.. _seeds.Select(seed => seed.State.Incarnation)]);
        Assert.All(_seeds, seed => Assert.True(seed.Handle(found).Granted));
    }

    [Fact]
    public void A_promise_of_an_incarnation_that_another_seed_knows_to_be_over_does_not_count()
    {
        var high = new Prepare(new Ballot(9, _random.NextGuid()));
        var promise = _seeds[0].Handle(high);
        Recover(0);
        // The new incarnation does not know of the promise and may accept a lower ballot.
        Assert.True(_seeds[0].Handle(new Accept(_generation, new Ballot(5, Guid.Empty), Entry.Empty)).Granted);

        var second = _seeds[1].Handle(high);
        Assert.True(promise.Granted && second.Granted);
        Assert.Null(Quorums.Find([promise, second], Three.Majority));
    }

    [Fact]
    public void A_seed_recovers_what_it_had_accepted_together_with_another_seed()
    {
        var ballot = new Ballot(5, _random.NextGuid());
        var entry = Entry.Empty.Append(_random.NextGuid(), [1]);
        Assert.True(_seeds[0].Handle(new Accept(_generation, ballot, entry)).Granted);
        Assert.True(_seeds[2].Handle(new Accept(_generation, ballot, entry)).Granted);
        Recover(0);
        Assert.Equal((ballot, entry), (_seeds[0].State.Accepted, _seeds[0].State.Entry));
        Assert.False(_seeds[0].Handle(new Prepare(new Ballot(4, Guid.Empty))).Granted);
    }

    [Fact]
    public void A_seed_without_memory_promises_and_accepts_nothing()
    {
        var fresh = new Acceptor(0, 3, _random.NextGuid);
        Assert.False(fresh.Handle(new Query()).Granted);
        Assert.False(fresh.Handle(new Prepare(new Ballot(1, Guid.Empty))).Granted);
        Assert.False(fresh.Handle(new Accept(_generation, new Ballot(1, Guid.Empty), Entry.Empty)).Granted);
        Assert.False(fresh.Handle(new Recover(1, _seeds[1].State.Incarnation)).Granted);
        Assert.Equal(Ballot.Zero, fresh.State.Promise);
    }

    [Fact]
    public void A_seed_joins_no_new_generation_in_a_later_incarnation_or_while_it_has_memory()
    {
        var other = new Generation(2, _random.NextGuid());
        var lives = _seeds.Select(seed => seed.State.Incarnation).ToArray();
        Assert.False(_seeds[0].Handle(new FoundGeneration(other, [.. lives])).Granted);
        Assert.True(_seeds[0].Forget(lives[0]));
        Assert.False(_seeds[0].Handle(new FoundGeneration(other, [.. lives])).Granted);
        Assert.Null(_seeds[0].State.Generation);
    }

    [Fact]
    public void An_earlier_incarnation_cannot_recover_after_a_later_one()
    {
        var later = new Recover(0, new Incarnation(7, _random.NextGuid()));
        Assert.True(_seeds[1].Handle(later).Granted);
        Assert.True(_seeds[1].Handle(later).Granted);
        Assert.False(_seeds[1].Handle(new Recover(0, new Incarnation(6, _random.NextGuid()))).Granted);
        Assert.False(_seeds[1].Handle(new Recover(1, new Incarnation(8, _random.NextGuid()))).Granted);
        Assert.False(_seeds[1].Handle(new Recover(3, new Incarnation(8, _random.NextGuid()))).Granted);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 3, 2)]
    [InlineData(5, 3, 3)]
    public void A_recovery_set_shares_a_seed_with_every_majority(int seeds, int majority, int recovery)
    {
        Assert.Equal(new Quorums(seeds, majority, recovery), Quorums.Of(seeds));
        Assert.True(majority - 1 + recovery > seeds - 1);
    }

    [Fact]
    public void A_change_whose_accept_was_not_answered_is_found_again_and_not_repeated()
    {
        var write = _random.NextGuid();
        var attempt = new Attempt(write, value => [.. value ?? [], 1], null);
        var empty = new Reading(_generation, Ballot.Zero, Entry.Empty);
        var first = attempt.Next(empty);
        attempt.Sending(first, empty);

        // Other changes followed it.
        var later = empty with { Entry = first.Entry.Append(_random.NextGuid(), [1, 2]) };
        var step = attempt.Next(later);
        Assert.Equal((false, RegisterOutcome.Changed), (step.Writes, step.Result.Outcome));
        // Another change took its place.
        var other = empty with { Entry = Entry.Empty.Append(_random.NextGuid(), [3]) };
        Assert.Equal([3, 1], attempt.Next(other).Entry.Value!);
        // More changes followed than an entry names, so nobody can tell.
        var far = Enumerable.Range(0, Entry.MaxWrites + 1)
            .Aggregate(Entry.Empty, (entry, _) => entry.Append(_random.NextGuid(), [4]));
        Assert.Equal(RegisterOutcome.Unknown, attempt.Next(empty with { Entry = far }).Result.Outcome);
    }

    private void Recover(int seed)
    {
        var reborn = _seeds[seed] = new Acceptor(seed, 3, _random.NextGuid);
        for (var rounds = 0; rounds < 3; rounds++)
        {
            var life = reborn.State.Incarnation;
            var recover = new Recover(seed, life);
            var replies = _seeds.Where(one => one != reborn).Select(one => one.Handle(recover)).ToList();
            if (Quorums.Find(replies, Three.Recovery) is { } quorum)
            {
                Assert.True(reborn.Restore(life, quorum));
                return;
            }

            Assert.True(reborn.Outgrow(replies.Max(reply => reply.State.Known[seed])));
        }

        Assert.Fail("The seed did not recover.");
    }
}
