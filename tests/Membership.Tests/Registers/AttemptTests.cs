using Malten.Membership.Protocol;
using Malten.Membership.Registers;
using static Malten.Membership.Tests.Protocol.Cluster;

namespace Malten.Membership.Tests.Registers;

/// <summary>What a change does with the entry that a majority holds, at its first try and at later ones.</summary>
public class AttemptTests
{
    private static readonly Guid Write = Id(200);
    private readonly Attempt _attempt = new(Write, value => [.. value ?? [], 1], null);

    [Fact]
    public void It_appends_to_the_entry()
    {
        var step = _attempt.Next(Reading(3));
        Assert.Equal((true, 4), (step.Writes, step.Entry.Version));
        Assert.Equal(Write, step.Entry.Writes[^1]);
        Assert.Equal((RegisterOutcome.Changed, 4), (step.Result.Outcome, step.Result.Version));
        Assert.Equal(This, step.Result.Generation);
        Assert.Equal(step.Entry.Value, step.Result.Value);
        Assert.False(_attempt.IsUncertain);
    }

    [Fact]
    public void A_function_that_returns_null_leaves_the_entry_and_the_change_certain()
    {
        var attempt = new Attempt(Write, _ => null, null);
        var step = attempt.Next(Reading(3));
        attempt.Sending(step, Reading(3));
        Assert.Equal((false, 3), (step.Writes, step.Entry.Version));
        Assert.Equal(RegisterOutcome.Unchanged, step.Result.Outcome);
        Assert.False(attempt.IsUncertain);
    }

    [Fact]
    public void A_change_that_took_effect_is_found_again()
    {
        var sent = Send(Reading(0));
        var later = Reading(0) with { Entry = sent.Entry.Append(Id(201), [2]) };
        var step = _attempt.Next(later);
        Assert.Equal((false, RegisterOutcome.Changed, 2), (step.Writes, step.Result.Outcome, step.Result.Version));
        Assert.Same(later.Entry, step.Entry);
    }

    [Fact]
    public void A_change_that_was_passed_over_is_made_again()
    {
        Send(Reading(0));
        var step = _attempt.Next(Reading(32));
        Assert.Equal((true, 33), (step.Writes, step.Entry.Version));
    }

    [Fact]
    public void A_change_that_more_changes_may_have_followed_than_an_entry_names_is_unknown()
    {
        Assert.True(_attempt.Next(Reading(33)).Writes); // before it was sent, there is nothing to look for
        Send(Reading(0));
        Assert.True(_attempt.IsUncertain);
        Assert.Equal(RegisterOutcome.Unknown, _attempt.Next(Reading(33)).Result.Outcome);
    }

    [Fact]
    public void Every_change_since_the_oldest_try_has_to_be_named()
    {
        Send(Reading(5));
        Send(Reading(2));
        Send(Reading(20));
        Assert.True(_attempt.Next(Reading(34)).Writes);
        Assert.Equal(RegisterOutcome.Unknown, _attempt.Next(Reading(35)).Result.Outcome);
    }

    [Fact]
    public void A_change_that_was_sent_in_one_generation_is_not_made_in_another()
    {
        Send(Reading(0));
        var step = _attempt.Next(Reading(0) with { Generation = Other });
        Assert.Equal((false, RegisterOutcome.GenerationChanged), (step.Writes, step.Result.Outcome));
        Assert.Equal(Other, step.Result.Generation);
    }

    private static Reading Reading(int version) => new(This, At(1), Enumerable.Range(0, version)
        .Aggregate(Entry.Empty, (entry, number) => entry.Append(Id((byte)number), [0])));

    private Step Send(Reading current)
    {
        var step = _attempt.Next(current);
        _attempt.Sending(step, current);
        return step;
    }
}
