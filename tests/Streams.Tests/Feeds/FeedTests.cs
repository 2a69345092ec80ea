using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Feeds;

/// <summary>What a feed holds, what it costs, and what its readers have missed.</summary>
public sealed class FeedTests : StreamTests
{
    private const int EventsHeld = 64;

    [Fact]
    public async Task Resuming_is_a_gap_where_something_after_it_may_be_gone_and_nowhere_else()
    {
        var stream = NewStream();
        var frames = Enumerable.Range(0, StreamLimits.Messages + 2).Select(i => Post(stream, $"{i}")).ToList();
        var newest = frames[^1].Timestamp;
        foreach (var (last, missed) in new[]
        {
            (Timestamp.None, true), (frames[0].Timestamp, true), (frames[1].Timestamp.Previous, true),
            (frames[1].Timestamp, false), (frames[2].Timestamp, false), (newest, false),
            (new Timestamp(newest.Nanoseconds + 1), true),
        })
        {
            var reader = new FeedReader("session", [stream.Name], _ => ValueTask.CompletedTask);
            reader.Hear(stream.Feed, last);
            Assert.Equal(missed, ReadOnce(reader, bytes: 1).Contains("\"gap\""));
            await reader.DisposeAsync();
        }
    }

    [Fact]
    public async Task Resuming_from_before_the_beginning_is_a_gap_for_an_earlier_stream_had_the_name()
    {
        var stream = NewStream("one");
        foreach (var (last, missed) in new[]
        {
            (Timestamp.None, false), (stream.Begun.Previous.Previous, true), (stream.Begun.Previous, false),
        })
        {
            var reader = new FeedReader("session", [stream.Name], _ => ValueTask.CompletedTask);
            reader.Hear(stream.Feed, last);
            var read = ReadOnce(reader);
            Assert.Equal(missed, read.Contains("\"gap\""));
            Assert.Contains("\"one\"", read);
            await reader.DisposeAsync();
        }
    }

    [Fact]
    public void The_oldest_message_gives_way_and_its_bytes_are_given_back()
    {
        var stream = NewStream();
        for (var i = 0; i < StreamLimits.Messages; i++) Post(stream, "0000");
        var bytes = Capacity.Bytes;
        Assert.True(stream.Feed.Evicted.IsNone);
        Post(stream, "0000");
        Assert.Equal(bytes + 64, Capacity.Bytes); // its id is remembered for a while
        Assert.Equal(StreamLimits.Messages, stream.Feed.Count);
        stream.Dispose();
        Assert.Equal(0, Capacity.Bytes);
        Assert.Equal(0, stream.Feed.Count);
        Assert.True(stream.Feed.Evicted.IsNone && stream.Feed.Newest.IsNone);
    }

    [Fact]
    public void A_message_costs_its_bytes_and_its_place()
    {
        var stream = NewStream("one");
        var bytes = Capacity.Bytes;
        var frame = Stage(stream, "two");
        Assert.Equal(bytes + frame.Bytes.Length + 96, Capacity.Bytes);
        stream.Feed.Release(frame);
        Assert.Equal(bytes, Capacity.Bytes);
    }

    [Fact]
    public void Events_are_kept_for_those_who_listen_and_for_nobody_else()
    {
        var stream = NewStream("one");
        var bytes = Capacity.Bytes;
        stream.Announce("what?", stream.Name);
        Assert.Equal(bytes, Capacity.Bytes);
        var (first, second) = (new FeedFollower(stream.Feed), new FeedFollower(stream.Feed));
        var (_, frame) = stream.Announce("what?", stream.Name);
        Assert.Equal(bytes + frame.Bytes.Length + 96, Capacity.Bytes);
        first.Dispose();
        Assert.Equal(bytes + frame.Bytes.Length + 96, Capacity.Bytes);
        second.Dispose();
        Assert.Equal(bytes, Capacity.Bytes);
        using var third = new FeedFollower(stream.Feed);
        Assert.Empty(third.Take());
    }

    [Fact]
    public async Task Events_are_let_go_once_every_listener_has_heard_them()
    {
        var stream = NewStream("one");
        await using var quick = Read(stream);
        await using var slow = Read(stream);
        var bytes = Capacity.Bytes;
        stream.Announce("what?", stream.Name);
        Assert.Contains("what?", ReadOnce(quick));
        Assert.False(quick.WaitAsync().AsTask().IsCompleted);
        Assert.True(Capacity.Bytes > bytes);
        Assert.Contains("what?", ReadOnce(slow));
        Assert.False(slow.WaitAsync().AsTask().IsCompleted);
        Assert.Equal(bytes, Capacity.Bytes);
        stream.Announce("and?", stream.Name);
        Assert.Contains("and?", ReadOnce(slow));
        Assert.DoesNotContain("gap", ReadOnce(quick));
    }

    [Fact]
    public async Task Events_that_the_slowest_has_not_heard_are_let_go_when_it_leaves()
    {
        var stream = NewStream("one");
        await using var quick = Read(stream);
        var bytes = Capacity.Bytes;
        await using (var slow = Read(stream))
        {
            stream.Announce("what?", stream.Name);
            Assert.Contains("what?", ReadOnce(quick));
            Assert.False(quick.WaitAsync().AsTask().IsCompleted);
        }

        Assert.Equal(bytes, Capacity.Bytes);
    }

    [Fact]
    public void A_full_memory_refuses_commands_and_at_last_leaves_out_presence_and_nothing_else()
    {
        var stream = NewStream("one");
        using var follower = new FeedFollower(stream.Feed);
        Fill(except: 0);
        var bytes = Capacity.Bytes;
        Refused(Refusal.Full, () => stream.Announce("what?", stream.Name));
        var presence = FrameEncoder.Encode(new Notice { Name = NoticeName.Presence, Observers = 1, Users = [] }, Timestamp.Now(Time));
        stream.Feed.Announce(presence); // listeners have room of their own
        Assert.Single(follower.Take());
        bytes = Capacity.Bytes;
        while (!Capacity.IsFullForListeners) Capacity.ChangeBytes(1024 * 1024);
        stream.Feed.Announce(presence);
        Assert.Empty(follower.Take());
        while (Capacity.Bytes > bytes) Capacity.ChangeBytes(-1024 * 1024);
        stream.Announce("posted, so it had room", stream.Name, posted: new Timestamp(1));
        stream.Announce(new Notice { Name = NoticeName.Failed, Stream = stream.Name.Value, Reason = "too busy" });
        Assert.Equal(2, follower.Take().Length);
    }

    [Fact]
    public void An_event_that_could_not_be_held_is_one_gap_for_every_reader()
    {
        var stream = NewStream("one");
        using var first = new FeedFollower(stream.Feed);
        using var second = new FeedFollower(stream.Feed);
        stream.Announce("unread", stream.Name);
        stream.Feed.Miss();
        stream.Feed.Miss();
        foreach (var reader in new[] { first, second })
        {
            Assert.Contains("\"gap\"", System.Text.Encoding.UTF8.GetString(Assert.Single(reader.Take()).Bytes));
            Assert.Contains("unread", System.Text.Encoding.UTF8.GetString(Assert.Single(reader.Take()).Bytes)); // it is held
            Assert.Empty(reader.Take());
        }

        stream.Announce("next", stream.Name);
        Assert.Equal(FrameKind.Event, Assert.Single(first.Take()).Kind);
    }

    [Fact]
    public void Events_and_messages_come_in_the_order_in_which_they_happened()
    {
        var stream = NewStream("before");
        using var follower = new FeedFollower(stream.Feed);
        stream.Announce("1", stream.Name);
        Post(stream, "2");
        stream.Announce("3", stream.Name);
        stream.Announce("4", stream.Name);
        Post(stream, "5");
        FrameKind[] kinds = [FrameKind.Event, FrameKind.Message, FrameKind.Event, FrameKind.Event, FrameKind.Message];
        Assert.Equal(kinds, follower.Take().Select(frame => frame.Kind));
        Assert.Empty(follower.Take());
    }

    [Theory]
    [InlineData(EventsHeld, false)]
    [InlineData(EventsHeld + 1, true)]
    public void More_events_than_are_held_are_a_gap(int events, bool missed)
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        for (var i = 0; i < events; i++) stream.Announce($"{i:000}", stream.Name);
        var bytes = Capacity.Bytes;
        var taken = follower.Take();
        if (missed) Assert.Contains("\"gap\"", System.Text.Encoding.UTF8.GetString(Assert.Single(taken).Bytes));
        if (missed) taken = follower.Take();
        Assert.Equal(EventsHeld, taken.Length);
        Assert.Contains($"\"{events - 1:000}\"", System.Text.Encoding.UTF8.GetString(taken[^1].Bytes));
        Assert.Equal(taken.Sum(frame => frame.Bytes.Length + 96), bytes);
        stream.Announce("more", stream.Name);
        Assert.Equal(FrameKind.Event, Assert.Single(follower.Take()).Kind);
    }

    [Fact]
    public void As_many_events_are_held_as_listeners_may_leave_at_once_until_all_have_read_them()
    {
        const int Audience = 500;
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        stream.Feed.Expect(Audience);
        for (var i = 0; i < Audience; i++)
        {
            stream.Announce($"{i:000}", stream.Name);
            stream.Feed.Expect(Audience - 1 - i); // they leave one after another
        }

        var taken = new List<Frame>();
        while (taken.Count < Audience) taken.AddRange(follower.Take());
        Assert.DoesNotContain(taken, frame => System.Text.Encoding.UTF8.GetString(frame.Bytes).Contains("\"gap\"", StringComparison.Ordinal));
        Assert.False(follower.WaitAsync().AsTask().IsCompleted);
        stream.Feed.Expect(0);
        for (var i = 0; i <= EventsHeld; i++) stream.Announce($"{i:000}", stream.Name);
        Assert.Contains("\"gap\"", System.Text.Encoding.UTF8.GetString(follower.Take()[0].Bytes)); // as for few listeners again
    }

    [Fact]
    public void A_reader_that_messages_have_passed_is_told_once_and_goes_on_with_the_oldest()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        for (var i = 0; i <= StreamLimits.Messages; i++) Post(stream, $"{i}");
        Assert.False(Assert.Single(follower.Take()).IsMessage);
        Assert.Equal("1", Text(follower.Take()[0]));
    }

    [Fact]
    public void A_page_of_nothing_held_is_empty_in_every_direction()
    {
        var feed = NewStream().Feed;
        foreach (var direction in new[] { PageDirection.Forward, PageDirection.Backward })
            foreach (var last in new[] { Timestamp.None, new Timestamp(1024) })
                Assert.Empty(feed.Page(direction, 10, last));
    }

    [Fact]
    public void What_is_found_by_its_id_is_among_what_is_held()
    {
        var stream = NewStream();
        var first = Post(stream, "first");
        for (var i = 1; i < StreamLimits.Messages; i++) Post(stream, $"{i}");
        Assert.Equal(first, stream.Find(first.Id, null));
        var last = Post(stream, "last");
        Assert.Null(stream.Find(first.Id, null));
        Assert.Equal(last, stream.Find(last.Id, null));
    }
}
