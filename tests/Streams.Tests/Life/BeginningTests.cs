using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Life;

/// <summary>How a stream begins, and what is left when its beginning is refused.</summary>
public sealed class BeginningTests : StreamTests
{
    private const int EmptyCost = 1024;

    [Fact]
    public void The_default_stream_is_never_private()
    {
        var stream = NewStream(StreamName.Default);
        var refused = Refused(Refusal.BadValue,
            () => stream.Begin(new StreamSettings(StreamName.Default, true, TimeToLive.Default)));
        Assert.Equal("private", refused.Parameter);
        AssertNothingIsHeld(stream);
        stream.Begin(new StreamSettings(StreamName.Default, false, TimeToLive.Default));
        Assert.NotNull(stream.GetListing());
    }

    [Fact]
    public void A_name_in_use_is_taken_until_the_moment_of_its_end()
    {
        var stream = NewStream();
        stream.Begin(Settings(10));
        Time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal("stream", Refused(Refusal.NameTaken, () => stream.Begin(Settings(20))).Parameter);
        Time.Advance(TimeSpan.FromTicks(1));
        stream.Begin(Settings(20));
        Assert.Equal(TimeSpan.FromSeconds(20), stream.TimeLeft);
    }

    [Theory]
    [InlineData(EmptyCost - 1)] // no room for a stream
    [InlineData(EmptyCost)] // room for a stream without a message
    [InlineData(EmptyCost + 100)]
    public void A_stream_whose_first_message_is_refused_leaves_nothing(int room)
    {
        var stream = NewStream();
        Fill(except: room);
        var bytes = Capacity.Bytes;
        Refused(Refusal.Full, () => Post(stream, "hello"));
        AssertNothingIsHeld(stream, bytes);
        Capacity.ChangeBytes(-bytes);
        Post(stream, "hello");
        Assert.Equal(["hello"], Texts(stream));
    }

    [Fact]
    public void A_later_message_that_is_refused_leaves_the_stream_as_it_was()
    {
        var stream = NewStream("one");
        Fill(except: 100);
        var bytes = Capacity.Bytes;
        Refused(Refusal.Full, () => Post(stream, "two"));
        Assert.Equal(["one"], Texts(stream));
        Assert.Equal((1, bytes), (Capacity.Streams, Capacity.Bytes));
    }

    [Fact]
    public void Where_no_stream_may_begin_no_bytes_are_taken()
    {
        Capacity = new Capacity(new CapacityOptions { MaxStreams = 1 });
        NewStream("one");
        var bytes = Capacity.Bytes;
        var stream = NewStream(StreamName.Parse("bar"));
        Refused(Refusal.Full, () => Post(stream, "two"));
        Refused(Refusal.Full, () => stream.Begin(new StreamSettings(stream.Name, false, TimeToLive.Default)));
        Assert.False(stream.IsInUse);
        Assert.Equal((1, bytes), (Capacity.Streams, Capacity.Bytes));
    }

    [Fact]
    public void The_first_message_is_newer_than_the_beginning_or_of_the_same_moment()
    {
        var stream = NewStream();
        stream.Begin(Settings(10));
        Assert.Equal(Timestamp.Now(Time), stream.Begun);
        Assert.Equal(stream.Begun.Previous, stream.Newest);
        Assert.Equal(stream.Begun, Post(stream, "hello").Timestamp);
    }

    [Fact]
    public void A_stream_that_follows_another_under_its_name_begins_after_it_though_the_clock_was_set_back()
    {
        var stream = NewStream("one");
        var newest = stream.Newest;
        Time.Advance(TimeSpan.FromSeconds(1024));
        Time.Correct(TimeSpan.FromDays(-1));
        Post(stream, "two");
        Assert.True(stream.Begun > newest);
        Assert.True(stream.Newest >= stream.Begun);
    }

    [Fact]
    public void A_listing_says_when_a_stream_began_and_when_its_last_message_came()
    {
        var stream = NewStream();
        Assert.Null(stream.GetListing());
        stream.Begin(Settings(10));
        var begun = Timestamp.Now(Time);
        Assert.Equal(new StreamListing(Name.Value, begun, begun, 10, 1024, 0, 0), stream.GetListing());
        Time.Advance(TimeSpan.FromSeconds(1));
        var updated = Post(stream, "hello").Timestamp;
        Assert.Equal(new StreamListing(Name.Value, begun, updated, 10, 1024, 1, 0), stream.GetListing());
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(stream.GetListing());
    }

    [Fact]
    public void A_message_whose_id_was_made_for_it_is_not_looked_for()
    {
        var stream = NewStream();
        var draft = Draft(stream, "hello") with { Id = Guid.NewGuid(), IsNew = true };
        Assert.True(stream.TryAppend(draft, out _));
        Assert.True(stream.TryAppend(draft, out _));
        Assert.False(stream.TryAppend(draft with { IsNew = false }, out _));
        Assert.Equal(2, Texts(stream).Count());
    }

    private void AssertNothingIsHeld(MessageStream stream, long bytes = 0)
    {
        Assert.Equal((0, bytes), (Capacity.Streams, Capacity.Bytes));
        Assert.False(stream.IsInUse);
        Assert.True(stream.Begun.IsNone);
        Assert.True(stream.IsUnused);
        Assert.Null(stream.Capture());
    }
}
