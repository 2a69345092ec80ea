using Malten.Testing.Histories;
using Malten.Testing.Histories.Checking;

namespace Malten.Histories.Tests;

/// <summary>The checker says nothing of histories that keep the promises, and finds each kind of promise that is broken.</summary>
public sealed class CheckerTests
{
    private static readonly Story Good = new Story().Post('a').Read("a").Post('b').TryPost('c').Post('d').Read("abd")
        .Listen("one", "ab", breaks: true).Listen("one", "d", last: 2).Listen("two", "abd");

    [Fact]
    public void A_history_that_keeps_every_promise_has_no_violation()
    {
        var report = Checker.Check(Good.Events);
        Assert.Empty(report.Violations);
        Assert.Equal((3, 1, 0, 2, 6, 3, 0), (report.Acknowledged, report.Unknown, report.Retries, report.Reads, report.Heard, report.Connections, report.Gaps));
        Assert.Equal(TimeSpan.FromMicroseconds(1), report.LongestWait);
    }

    [Theory]
    [InlineData(EventType.Info)]
    [InlineData(EventType.Fail)]
    public void A_post_without_acknowledgement_may_be_there_or_not(EventType outcome)
    {
        AssertWell(new Story().Post('a').TryPost('b', outcome).Read("ab").Listen("one", "ab"));
        AssertWell(new Story().Post('a').TryPost('b', outcome).Read("a").Listen("one", "a"));
    }

    [Fact]
    public void A_post_without_acknowledgement_may_appear_late() => AssertWell(new Story().TryPost('c').Post('a').Read("a").Read("ac"));

    [Fact]
    public void A_post_without_any_outcome_may_be_there() => AssertWell(new Story().Begin('a', out _).Read("a").Listen("one", "a"));

    [Fact]
    public void A_post_that_was_repeated_and_stored_once_is_one_message()
    {
        var story = new Story().TryPost('a').Post('b').Post('a').Read("ab").Listen("one", "ab");
        AssertWell(story);
        Assert.Equal((2, 1), (Checker.Check(story.Events).Acknowledged, Checker.Check(story.Events).Retries));
    }

    [Fact]
    public void What_is_acknowledged_while_a_page_is_read_may_be_missing_there() => AssertWell(
        new Story().Begin('a', out var post).BeginRead(out var read).Acknowledge('a', post).Answer(read, []).Read("a"));

    [Fact]
    public void What_is_sent_at_the_same_time_may_have_any_order() => AssertWell(
        new Story().Begin('b', out var b).Begin('a', out var a).Acknowledge('b', b).Acknowledge('a', a).Read("ab").Listen("one", "ab"));

    [Fact]
    public void A_full_page_lacks_older_messages() => AssertWell(new Story().Post('a').Post('b').Post('c').Read("bc", limit: 2).Read("abc"));

    [Fact]
    public void A_gap_excuses_what_is_missing_there() => AssertWell(new Story().Post('a').Post('b').Post('c').Read("abc")
        .Listen("one", "a", breaks: true).Listen("one", "!c", last: 1).Listen("two", "a!").Listen("three", "!bc"));

    [Fact]
    public void A_gap_excuses_nothing_that_comes_later() => AssertFinds(ViolationKind.Missed,
        new Story().Post('a').Post('b').Post('c').Post('d').Read("abcd").Listen("one", "!bd"));

    [Fact]
    public void A_listener_without_a_cursor_hears_only_what_comes() =>
        AssertWell(new Story().Post('a').Post('b').Post('c').Read("abc").Listen("one", "bc", last: null));

    [Fact]
    public void A_listener_whose_last_connection_broke_may_lack_what_came_later() =>
        AssertWell(new Story().Post('a').Post('b').Read("ab").Listen("one", "a", breaks: true));

    [Fact]
    public void A_lost_message() => AssertFinds(ViolationKind.Lost, new Story().Post('a').Post('b').Read("b").Read("b"));

    [Fact]
    public void A_message_that_was_read_and_is_gone() => AssertFinds(ViolationKind.Lost, new Story().TryPost('a').Read("a").Read(""));

    [Fact]
    public void A_message_that_was_heard_and_is_gone() =>
        AssertFinds(ViolationKind.Lost, new Story().TryPost('a').Listen("one", "a", breaks: true).Read(""));

    [Fact]
    public void A_lost_message_among_newer_ones_that_fill_the_page() =>
        AssertFinds(ViolationKind.Lost, new Story().Post('a').Post('b').Post('c').Post('d').Read("bd", limit: 2));

    [Fact]
    public void A_stale_page() => AssertFinds(ViolationKind.Stale, new Story().Post('a').Post('b').Read("a").Read("ab"));

    [Fact]
    public void A_message_that_nobody_read_again() => AssertFinds(ViolationKind.Unread, new Story().Post('a').Read("a").Post('b'));

    [Fact]
    public void A_message_twice_in_a_page() =>
        AssertFinds(ViolationKind.Repeated, new Story().Post('a').Read([Story.Message('a'), Story.Message('a')]));

    [Fact]
    public void A_message_stored_twice() => AssertFinds([ViolationKind.Repeated, ViolationKind.Altered],
        new Story().TryPost('a').Post('a').Read([Story.Message('a'), Story.Message('a', created: 5)]));

    [Fact]
    public void A_message_heard_twice_after_a_reconnect() => AssertFinds(ViolationKind.Repeated,
        new Story().Post('a').Post('b').Read("ab").Listen("one", "ab", breaks: true).Listen("one", "b", last: 2));

    [Fact]
    public void A_message_heard_twice_after_a_gap() => AssertFinds(ViolationKind.Repeated,
        new Story().Post('a').Post('b').Read("ab").Listen("one", "ab", breaks: true).Listen("one", "!ab", last: 2));

    [Fact]
    public void A_page_out_of_order() => AssertFinds(ViolationKind.Reordered, new Story().Post('a').Post('b').Read("ba"));

    [Fact]
    public void A_later_message_with_a_smaller_timestamp() => AssertFinds(ViolationKind.Reordered, new Story().Post('b').Post('a').Read("ab"));

    [Fact]
    public void A_later_message_without_acknowledgement_and_with_a_smaller_timestamp() =>
        AssertFinds(ViolationKind.Reordered, new Story().Post('b').TryPost('a').Read("ab"));

    [Fact]
    public void Two_messages_with_one_timestamp() => AssertFinds(ViolationKind.Reordered,
        new Story().Begin('a', out var a).Begin('b', out var b).Acknowledge('a', a, 1).Acknowledge('b', b, 1)
            .Read([Story.Message('a'), Story.Message('b', 1)]));

    [Fact]
    public void A_message_that_nobody_sent_in_a_page() => AssertFinds(ViolationKind.Invented, new Story().Post('a').Read("ax"));

    [Fact]
    public void A_message_that_nobody_sent_is_heard() =>
        AssertFinds(ViolationKind.Invented, new Story().Post('a').Listen("one", "ax").Read("ax"));

    [Fact]
    public void A_message_that_is_seen_before_it_is_sent() => AssertFinds(ViolationKind.Invented, new Story().Read("a").Post('a').Read("a"));

    [Fact]
    public void A_message_with_another_text() =>
        AssertFinds(ViolationKind.Altered, new Story().Post('a').Read([Story.Message('a', text: "other")]));

    [Fact]
    public void A_message_with_another_timestamp_than_was_acknowledged() =>
        AssertFinds(ViolationKind.Altered, new Story().Post('a').Read([Story.Message('a', created: 7)]));

    [Fact]
    public void Listeners_that_disagree() => AssertFinds(ViolationKind.Missed,
        new Story().Post('a').TryPost('b').Post('c').Listen("one", "abc", breaks: true).Listen("two", "ac", breaks: true).Read("abc"));

    [Fact]
    public void A_listener_that_misses_what_is_held() => AssertFinds(ViolationKind.Missed,
        new Story().Post('a').Post('b').Post('c').Read("abc").Listen("one", "ac"));

    [Fact]
    public void A_listener_that_resumes_too_late() => AssertFinds(ViolationKind.Missed,
        new Story().Post('a').Post('b').Post('c').Read("abc").Listen("one", "a", breaks: true).Listen("one", "c", last: 1));

    [Fact]
    public void A_listener_that_does_not_hear_the_end() =>
        AssertFinds(ViolationKind.Missed, new Story().Post('a').Post('b').Read("ab").Listen("one", "a"));

    [Fact]
    public void A_listener_going_backward() =>
        AssertFinds([ViolationKind.Missed, ViolationKind.Backward], new Story().Post('a').Post('b').Post('c').Read("abc").Listen("one", "acb", breaks: true));

    [Fact]
    public void A_listener_going_backward_after_a_reconnect() => AssertFinds(ViolationKind.Backward,
        new Story().Post('a').Post('b').Read("ab").Listen("one", "b", last: 1, breaks: true).Listen("one", "a", last: 2));

    [Fact]
    public void A_stream_that_is_said_to_have_ended() => AssertFinds(ViolationKind.Ended, new Story().Post('a').Read("a").Listen("one", "a."));

    [Fact]
    public void One_stream_does_not_excuse_another()
    {
        var other = new Story().Post('a').Read("").Events
            .Select(happened => happened with { Stream = "other", Op = happened.Op + 100, At = happened.At + 100_000 });
        Assert.Equal("other", Assert.Single(Checker.Check(Good.Events.Concat(other)).Violations).Stream);
    }

    private static void AssertWell(Story story) => Assert.Empty(Checker.Check(story.Events).Violations);

    private static void AssertFinds(ViolationKind kind, Story story) => AssertFinds([kind], story);

    private static void AssertFinds(ViolationKind[] kinds, Story story)
    {
        var report = Checker.Check(story.Events);
        Assert.Equal(kinds.Order(), report.Violations.Select(violation => violation.Kind).Distinct().Order());
        Assert.Contains("VIOLATIONS", report.ToString(), StringComparison.Ordinal);
    }
}
