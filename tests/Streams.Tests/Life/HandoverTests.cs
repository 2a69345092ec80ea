using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Life;

/// <summary>A stream that one node hands to another.</summary>
public sealed class HandoverTests : StreamTests
{
    [Fact]
    public void A_name_that_is_not_in_use_has_nothing_to_hand_over()
    {
        var stream = NewStream();
        Assert.Null(stream.Capture());
        stream.Begin(Settings(10));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(stream.Capture());
        Assert.Null(stream.Describe());
    }

    [Fact]
    public void A_stream_goes_on_elsewhere_as_it_was()
    {
        var (from, seats) = (NewStream(), Seats.New());
        from.Begin(Settings(60, isPrivate: true), seats);
        Post(from, "one", seats.First);
        Post(from, "two", seats.Second);
        Time.Advance(TimeSpan.FromSeconds(20));
        var snapshot = from.Capture()!;
        Assert.Equal((seats, from.Begun, from.Newest), (snapshot.Seats, snapshot.Begun, snapshot.Newest));
        Assert.Equal(TimeSpan.FromSeconds(40), snapshot.TimeLeft);

        var to = NewStream();
        to.Restore(snapshot);
        Assert.Equal((from.Begun, from.Newest, true), (to.Begun, to.Newest, to.IsPipe));
        Assert.Equal(TimeSpan.FromSeconds(40), to.TimeLeft);
        Assert.Equal(["one", "two"], Texts(to, seats.Second));
        Refused(Refusal.NotYours, () => Post(to, "no"));
        Post(to, "three", seats.First);
        Assert.Equal(TimeSpan.FromSeconds(60), to.TimeLeft);
    }

    [Fact]
    public void A_description_is_a_handover_without_the_messages()
    {
        var from = NewStream("one", "two");
        var whole = from.Capture()!;
        var description = from.Describe()!;
        Assert.Empty(description.Messages);
        Assert.Equal(whole with { Messages = description.Messages }, description);
        Assert.Equal(from.Begun.Previous, description.Newest);
    }

    [Fact]
    public void The_whole_ring_is_handed_over_and_what_was_evicted_stays_missed()
    {
        var from = NewStream();
        var evicted = Post(from, "0").Timestamp;
        for (var i = 1; i <= StreamLimits.Messages; i++) Post(from, $"{i}");
        var to = NewStream();
        to.Restore(from.Capture()!);
        Assert.Equal(StreamLimits.Messages, Texts(to).Count());
        Assert.Equal("1", Texts(to).First());
        Assert.Equal(evicted, to.Feed.Evicted);
    }

    [Fact]
    public void The_next_message_is_newer_than_all_that_came_though_this_nodes_clock_is_behind()
    {
        var from = NewStream("one", "two");
        Time.Correct(TimeSpan.FromHours(-1));
        var to = NewStream();
        to.Restore(from.Capture()!);
        Assert.Equal(from.Newest, to.Feed.Newest);
        Assert.True(Post(to, "three").Timestamp > from.Newest);
    }

    [Fact]
    public void The_next_message_is_newer_than_all_that_was_held_here_before()
    {
        var from = NewStream("theirs");
        Time.Advance(TimeSpan.FromSeconds(1));
        var to = NewStream("ours");
        var before = to.Newest;
        Time.Correct(TimeSpan.FromHours(-1));
        to.Restore(from.Capture()!);
        Assert.Equal(["theirs"], Texts(to));
        Assert.Equal(before, to.Newest);
        Assert.True(Post(to, "next").Timestamp > before);
    }

    [Fact]
    public void What_is_restored_takes_the_place_of_what_was_held_and_counts_once()
    {
        var from = NewStream("theirs");
        var snapshot = from.Capture()!;
        var (streams, bytes) = (Capacity.Streams, Capacity.Bytes);
        Capacity = new Capacity(new CapacityOptions()); // of another node
        var to = NewStream("ours", "more of ours");
        to.Restore(snapshot);
        to.Restore(snapshot);
        Assert.Equal((streams, bytes), (Capacity.Streams, Capacity.Bytes));
        to.Dispose();
        Assert.Equal((0, 0), (Capacity.Streams, Capacity.Bytes));
    }

    [Fact]
    public void A_stream_that_goes_on_with_a_copy_on_its_own_node_shares_the_messages_which_count_once()
    {
        const int Little = 2048; // what a stream takes without messages
        var from = NewStream([.. Enumerable.Repeat(new string('x', 1000), 20)]);
        Capacity = new Capacity(new CapacityOptions()); // of another node
        var copy = new MessageStream(Name, Capacity.ForCopies(), Time);
        var whole = from.Capture()!;
        copy.Restore(whole with { Messages = [.. whole.Messages.Select(message => message with { Bytes = [.. message.Bytes] })] }); // as it crosses
        var held = Capacity.Bytes;
        var to = NewStream();
        to.Restore(copy.Capture()!);
        Assert.InRange(Capacity.Bytes, held, held + Little);
        copy.Dispose();
        Assert.Equal(held, Capacity.Bytes);
        Assert.Equal(20, Texts(to).Count(text => text.Length == 1000));
        to.Dispose();
        Assert.Equal(0, Capacity.Bytes);
    }

    [Fact]
    public void What_another_node_held_is_taken_though_this_one_is_full()
    {
        var snapshot = NewStream("one").Capture()!;
        Capacity = new Capacity(new CapacityOptions { MaxStreams = 1 });
        NewStream("other");
        Capacity.ChangeBytes(new CapacityOptions().MaxMemoryMegabytes * 1024L * 1024L);
        var to = NewStream();
        to.Restore(snapshot);
        Assert.Equal(["one"], Texts(to));
        Assert.Equal(2, Capacity.Streams);
    }

    [Fact]
    public void Messages_that_are_held_already_are_passed_over()
    {
        var from = NewStream("one", "two");
        var to = NewStream();
        to.Restore(from.Capture()!);
        var three = Post(from, "three");
        var messages = from.Capture()!.Messages;
        to.Accept(messages, TimeSpan.FromSeconds(30));
        to.Accept(messages, TimeSpan.FromSeconds(30));
        to.Accept([three], TimeSpan.FromSeconds(20));
        Assert.Equal(["one", "two", "three"], Texts(to));
        Assert.Equal(three.Timestamp, to.Newest);
        Assert.Equal(TimeSpan.FromSeconds(20), to.TimeLeft);
        from.Dispose();
        to.Dispose();
        Assert.Equal(0, Capacity.Bytes);
    }

    [Fact]
    public void What_comes_is_counted_to_whoever_posted_it_and_a_stream_that_runs_here_to_whoever_began_it()
    {
        var (beginner, author) = (new ClientKey(1, 1), new ClientKey(2, 2));
        var from = NewStream();
        from.Begin(Settings(60) with { Client = beginner });
        from.TryAppend(Draft(from, "one") with { Client = author }, out _);
        var snapshot = from.Capture()!;
        Capacity = new Capacity(new CapacityOptions());
        var copy = NewStream();
        copy.Restore(snapshot);
        Assert.Equal((0, 0), (Held(beginner, Resource.Streams), Held(beginner, Resource.Bytes)));
        Assert.True(Held(author, Resource.Bytes) > 0);
        copy.Dispose();
        Assert.Equal(0, Held(author, Resource.Bytes));
        var ended = new List<MessageStream>();
        var stream = new MessageStream(Name, Capacity, Time, ended.Add);
        stream.Restore(snapshot);
        Assert.Equal(1, Held(beginner, Resource.Streams));
        Capacity.Shares.MakeRoom(Resource.Streams, () => 1, new ClientKey(3, 3));
        Assert.Equal([stream], ended);
        Assert.Equal((0, 0), (Capacity.Streams, Capacity.Shares.Clients));

        long Held(ClientKey client, Resource resource) => Capacity.Shares.Held(client, resource);
    }

    [Fact]
    public void Where_the_newest_message_gave_way_the_stream_goes_on_after_it()
    {
        var from = NewStream("kept");
        from.TryAppend(Draft(from, new string('漢', 1000)) with { Client = new ClientKey(1, 1), Id = Guid.NewGuid() }, out var gone);
        Capacity.Shares.MakeRoom(Resource.Bytes, () => 1, new ClientKey(2, 2));
        Assert.Equal(["kept"], Texts(from));
        var snapshot = from.Capture()!;
        Assert.Equal(gone.Timestamp, snapshot.Newest);
        Time.Correct(TimeSpan.FromHours(-1));
        var to = NewStream();
        to.Restore(snapshot);
        Assert.Equal((from.Newest, from.Feed.Newest), (to.Newest, to.Feed.Newest));
        var reader = Read();
        reader.Hear(to.Feed, gone.Timestamp);
        Assert.Empty(ReadOnce(reader)); // neither a gap nor a repeat

        Assert.False(to.TryStage(Draft(to, new string('漢', 1000)) with { Id = gone.Id }, out var again));
        Assert.Equal(gone.Timestamp, again.Timestamp);
        Assert.True(Post(to, "next").Timestamp > gone.Timestamp);
        Assert.Equal(["kept", "next"], Texts(to));
    }

    [Fact]
    public void A_reader_that_was_there_before_hears_what_comes()
    {
        var from = NewStream("theirs");
        var to = NewStream();
        using var follower = new FeedFollower(to.Feed);
        to.Restore(from.Capture()!);
        Assert.Equal([from.Newest], follower.Take().Select(frame => frame.Timestamp));
        Assert.Equal(from.Newest, follower.Position);
    }
}
