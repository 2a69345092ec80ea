using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Life;

/// <summary>Requests that are repeated because their first answer got lost take effect once.</summary>
public sealed class RepeatTests : StreamTests
{
    private static readonly ClientKey Beginner = new(7, 7);

    private readonly Guid _id = Guid.NewGuid();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_post_that_is_repeated_after_its_message_was_evicted_is_stored_once(bool afterHandover)
    {
        var stream = NewStream();
        var first = Post(stream, _id);
        for (var i = 0; i < StreamLimits.Messages; i++) Post(stream, $"{i}");
        if (afterHandover) stream = Restored(stream);
        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(stream.TryAppend(Repeat(stream), out var again));
        Assert.Equal((first.Id, first.Timestamp), (again.Id, again.Timestamp));
        Assert.Equal(first.Bytes, again.Bytes);
        Assert.Equal($"{StreamLimits.Messages - 1}", Texts(stream).Last());
    }

    [Fact]
    public void A_copy_that_is_kept_up_to_date_knows_what_was_evicted()
    {
        var stream = NewStream();
        Post(stream, _id);
        var copy = Restored(stream);
        for (var i = 0; i < StreamLimits.Messages; i++) copy.Accept([Post(stream, $"{i}")], stream.TimeLeft);
        Assert.False(copy.TryAppend(Repeat(copy), out _));
    }

    [Fact]
    public void What_was_evicted_is_remembered_for_half_a_minute_and_takes_memory_no_longer()
    {
        var stream = NewStream();
        Post(stream, _id);
        for (var i = 0; i < StreamLimits.Messages - 1; i++) Post(stream, "same size");
        var bytes = Capacity.Bytes;
        Post(stream, "same size");
        Assert.True(Capacity.Bytes > bytes - 100);
        Time.Advance(TimeSpan.FromSeconds(31));
        Assert.True(stream.TryAppend(Repeat(stream), out _));
        stream.Dispose();
        Assert.Equal(0, Capacity.Bytes);
    }

    [Fact]
    public void What_was_evicted_is_counted_to_whoever_began_the_stream_and_forgotten_though_nobody_asks()
    {
        var stream = NewStream();
        stream.Begin(Settings(86_400) with { Keep = Retention.None, Client = Beginner });
        var before = Held();
        for (var i = 0; i < 200; i++) Post(stream, $"{i}");
        Assert.Equal((before.Node + (200 * 64), before.Beginner + (200 * 64)), Held());
        Time.Advance(TimeSpan.FromSeconds(20));
        Post(stream, "later");
        Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal((before.Node + 64, before.Beginner + 64), Held());
        Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(before, Held());
        Assert.Equal(0, Time.ActiveTimers);
    }

    [Fact]
    public void What_others_posted_is_counted_to_whoever_began_the_stream_for_as_much_as_a_stream_holds_and_ones_own_for_all()
    {
        var stream = NewStream();
        stream.Begin(Settings(86_400) with { Keep = Retention.None, Client = Beginner });
        var before = Held();
        for (var i = 0; i < 2000; i++) PostAs(new ClientKey(8, 8));
        Assert.Equal((before.Node + (2000 * 64), before.Beginner + (StreamLimits.Messages * 64)), Held());
        Time.Advance(TimeSpan.FromSeconds(15));
        for (var i = 0; i < 2000; i++) PostAs(Beginner);
        Assert.Equal((before.Node + (4000 * 64), before.Beginner + ((2000 + StreamLimits.Messages) * 64)), Held());
        Time.Advance(TimeSpan.FromSeconds(16));
        PostAs(new ClientKey(8, 8)); // forgets those of others
        Assert.Equal((before.Node + (2001 * 64), before.Beginner + (2001 * 64)), Held());
        Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(before, Held());

        void PostAs(ClientKey client) => Assert.True(stream.TryAppend(Draft(stream, "same size") with { Client = client }, out _));
    }

    [Fact]
    public void What_was_evicted_before_a_handover_is_counted_to_whoever_began_the_stream_until_it_ends()
    {
        var stream = NewStream();
        stream.Begin(Settings(60) with { Keep = Retention.None, Client = Beginner });
        var before = Held();
        for (var i = 0; i < 5; i++) Post(stream, $"{i}");
        var snapshot = stream.Capture()!;
        stream.Dispose();
        Assert.Equal((0, 0), Held());
        using var next = new MessageStream(Name, Capacity, Time, _ => { });
        next.Restore(snapshot);
        Assert.Equal((before.Node + (5 * 64), before.Beginner + (5 * 64)), Held());
        Time.Advance(TimeSpan.FromSeconds(60));
        next.ExpireIfDue();
        Assert.Equal((0, 0), Held());
        Assert.Equal(0, Capacity.Shares.Clients);
    }

    [Fact]
    public void An_ended_stream_knows_no_post_of_the_one_before()
    {
        var stream = NewStream();
        Post(stream, _id);
        for (var i = 0; i < StreamLimits.Messages; i++) Post(stream, $"{i}");
        var deadline = stream.TimeLeft;
        Time.Advance(deadline);
        Assert.True(stream.TryAppend(Repeat(stream), out _));
        Assert.Equal(["repeated"], Texts(stream));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_request_to_begin_that_is_repeated_changes_nothing_and_another_is_refused(bool afterHandover)
    {
        var stream = NewStream();
        stream.Begin(Settings(60), null, _id);
        var begun = stream.Begun;
        if (afterHandover) stream = Restored(stream);
        Post(stream, "held");
        stream.Begin(Settings(60), null, _id);
        Assert.Equal((begun, "held"), (stream.Begun, Texts(stream).Single()));
        Refused(Refusal.NameTaken, () => stream.Begin(Settings(60), null, Guid.NewGuid()));
        Refused(Refusal.NameTaken, () => stream.Begin(Settings(60)));
    }

    [Fact]
    public void A_stream_that_a_message_began_was_begun_by_no_request()
    {
        var stream = NewStream();
        stream.Begin(Settings(1), null, _id);
        Time.Advance(TimeSpan.FromSeconds(1));
        Post(stream, "anew");
        Refused(Refusal.NameTaken, () => stream.Begin(Settings(1), null, _id));
    }

    private (long Node, long Beginner) Held() => (Capacity.Bytes, Capacity.Shares.Held(Beginner, Resource.Bytes));

    private Frame Post(MessageStream stream, Guid id)
    {
        Assert.True(stream.TryAppend(Draft(stream, "repeated") with { Id = id }, out var frame));
        return frame;
    }

    private Draft Repeat(MessageStream stream) => Draft(stream, "repeated") with { Id = _id };

    private MessageStream Restored(MessageStream stream)
    {
        var copy = NewStream();
        copy.Restore(stream.Capture()!);
        return copy;
    }
}
