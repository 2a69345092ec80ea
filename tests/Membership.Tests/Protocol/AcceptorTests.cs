using Malten.Membership.Protocol;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Protocol;

public class AcceptorTests
{
    private static readonly Entry Seven = Entry.Empty.Append(Id(7), [7]);
    private readonly Acceptor _acceptor = Founded()[1];

    [Fact]
    public void It_starts_in_its_first_incarnation_without_memory()
    {
        var state = Fresh(2).State;
        Assert.Equal((2, Life(1, 12), null), (state.Seed, state.Incarnation, state.Generation));
        Assert.Equal((Ballot.Zero, Ballot.Zero), (state.Promise, state.Accepted));
        Assert.Equal([default, default, default], state.Known);
    }

    [Fact]
    public void A_query_changes_nothing()
    {
        var before = _acceptor.State;
        var reply = _acceptor.Handle(new Query());
        Assert.True(reply.Granted);
        Assert.Same(before, reply.State);
        Assert.Same(before, _acceptor.State);
    }

    [Fact]
    public void It_promises_the_same_ballot_again_and_a_higher_one_but_no_lower_one()
    {
        Assert.True(_acceptor.Handle(new Prepare(At(3))).Granted);
        Assert.True(_acceptor.Handle(new Prepare(At(3))).Granted);
        Assert.False(_acceptor.Handle(new Prepare(At(2, 9))).Granted);
        Assert.Equal(At(3), _acceptor.State.Promise);
        Assert.True(_acceptor.Handle(new Prepare(At(3, 2))).Granted);
        Assert.Equal(At(3, 2), _acceptor.State.Promise);
        Assert.Equal(Ballot.Zero, _acceptor.State.Accepted);
    }

    [Fact]
    public void It_accepts_at_its_promise_and_above_but_not_below_nor_in_another_generation()
    {
        _acceptor.Handle(new Prepare(At(3)));
        Assert.False(_acceptor.Handle(new Accept(This, At(2), Seven)).Granted);
        Assert.False(_acceptor.Handle(new Accept(Other, At(4), Seven)).Granted);
        Assert.Equal((Ballot.Zero, Entry.Empty), (_acceptor.State.Accepted, _acceptor.State.Entry));

        Assert.True(_acceptor.Handle(new Accept(This, At(3), Seven)).Granted);
        Assert.Equal((At(3), Seven), (_acceptor.State.Accepted, _acceptor.State.Entry));
        Assert.True(_acceptor.Handle(new Accept(This, At(4), Seven)).Granted);
        Assert.Equal((At(4), At(4)), (_acceptor.State.Promise, _acceptor.State.Accepted));
    }

    [Fact]
    public void Only_replies_whose_asker_does_not_know_the_entry_carry_it()
    {
        Assert.Equal(Entry.Empty, _acceptor.Handle(new Accept(This, At(1), Seven)).State.Entry);
        var found = new FoundGeneration(This, [default, _acceptor.State.Incarnation, default]);
        Assert.Equal(Entry.Empty, _acceptor.Handle(found).State.Entry);
        Assert.Equal(Seven, _acceptor.Handle(new Query()).State.Entry);
        Assert.Equal(Seven, _acceptor.Handle(new Prepare(At(2))).State.Entry);
        Assert.Equal(Seven, _acceptor.Handle(new Recover(0, Life(9))).State.Entry);
        Assert.Equal(Seven, _acceptor.State.Entry);
    }

    [Fact]
    public void It_notes_who_recovers_unless_it_knows_a_later_incarnation()
    {
        Assert.True(_acceptor.Handle(new Recover(2, Life(5, 5))).Granted);
        Assert.True(_acceptor.Handle(new Recover(2, Life(5, 5))).Granted);
        Assert.False(_acceptor.Handle(new Recover(2, Life(5, 4))).Granted);
        Assert.Equal(Life(5, 5), _acceptor.State.Known[2]);
        Assert.True(_acceptor.Handle(new Recover(0, Life(6))).Granted);
        Assert.Equal(Life(6), _acceptor.State.Known[0]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(3)]
    public void It_notes_neither_itself_nor_a_seed_that_does_not_exist(int seed)
    {
        var before = _acceptor.State;
        Assert.False(_acceptor.Handle(new Recover(seed, Life(9))).Granted);
        Assert.Same(before, _acceptor.State);
    }

    [Fact]
    public void It_begins_a_generation_as_the_listed_incarnation_and_agrees_to_it_again()
    {
        var fresh = Fresh(1);
        var founders = new Incarnation[] { Life(4), fresh.State.Incarnation, default };
        Assert.False(fresh.Handle(new FoundGeneration(Other, [.. founders, default])).Granted);
        Assert.False(fresh.Handle(new FoundGeneration(Other, [Life(4), Life(2), default])).Granted);
        Assert.Null(fresh.State.Generation);

        Assert.True(fresh.Handle(new FoundGeneration(Other, [.. founders])).Granted);
        Assert.True(fresh.Handle(new FoundGeneration(Other, [.. founders])).Granted);
        Assert.False(fresh.Handle(new FoundGeneration(This, [.. founders])).Granted);
        Assert.Equal(Other, fresh.State.Generation);
        Assert.Equal(founders, fresh.State.Known);
    }

    [Fact]
    public void It_restores_the_highest_of_each_from_the_replies()
    {
        var fresh = Fresh(1);
        var me = fresh.State.Incarnation;
        var first = State(0, This) with
        {
            Promise = At(9),
            Accepted = At(2),
            Known = [Life(1), Life(7), Life(5)],
        };
        var second = State(2, This) with
        {
            Promise = At(4),
            Accepted = At(4),
            Entry = Seven,
            Known = [Life(3), default, Life(4)],
        };
        Assert.False(fresh.Restore(Life(2, 11), [Grant(first), Grant(second)]));
        Assert.Null(fresh.State.Generation);

        Assert.True(fresh.Restore(me, [Grant(first), Grant(second)]));
        var state = fresh.State;
        Assert.Equal((This, me), (state.Generation, state.Incarnation));
        Assert.Equal((At(9), At(4), Seven), (state.Promise, state.Accepted, state.Entry));
        Assert.Equal([Life(3), me, Life(5)], state.Known);

        Assert.False(fresh.Restore(me, [Grant(State(0, Other)), Grant(State(2, Other))]));
        Assert.Same(state, fresh.State);
    }

    [Fact]
    public void It_raises_its_number_above_an_earlier_incarnation_while_it_has_no_memory()
    {
        var fresh = Fresh(1);
        Assert.False(fresh.Outgrow(fresh.State.Incarnation));
        Assert.False(fresh.Outgrow(Life(1, 10)));
        Assert.True(fresh.Outgrow(Life(1, 12)));
        Assert.Equal(Life(2, 11), fresh.State.Incarnation);
        Assert.True(fresh.Outgrow(Life(7)));
        Assert.Equal(Life(8, 11), fresh.State.Incarnation);
        Assert.False(_acceptor.Outgrow(Life(7)));
    }

    [Fact]
    public void It_discards_its_memory_only_as_the_given_incarnation()
    {
        Assert.False(_acceptor.Forget(Life(1, 12)));
        Assert.Equal(This, _acceptor.State.Generation);
        Assert.True(_acceptor.Forget(Life(1, 11)));
        Assert.Null(_acceptor.State.Generation);
        Assert.Equal(Life(1, 21), _acceptor.State.Incarnation);
    }
}
