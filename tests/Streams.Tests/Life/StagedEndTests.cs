using Malten.Streams.Values;

namespace Malten.Streams.Tests.Life;

/// <summary>Messages that are staged while their stream ends.</summary>
public sealed class StagedEndTests : StreamTests
{
    [Fact]
    public void A_message_that_was_staged_in_time_gets_the_whole_life_of_the_stream()
    {
        var stream = NewStream();
        stream.Begin(Settings(5));
        Time.Advance(TimeSpan.FromSeconds(4.9));
        var frame = Stage(stream, "in time");
        Time.Advance(TimeSpan.FromSeconds(6)); // storing takes that long
        stream.ExpireIfDue();
        Assert.Equal(TimeSpan.FromSeconds(5), stream.TimeLeftOnceCommitted);
        Assert.Equal(TimeSpan.FromSeconds(5), stream.Capture()!.TimeLeft); // what a copy of it is told
        stream.Commit(frame);
        Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(["in time"], Texts(stream));
        Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Empty(Texts(stream));
        Assert.Equal(0, Capacity.Bytes);
    }

    [Fact]
    public void What_is_committed_after_the_stream_was_disposed_of_does_not_bring_it_back()
    {
        var stream = NewStream("held");
        var frame = Stage(stream, "late");
        stream.Dispose();
        stream.Commit(frame);
        Assert.False(stream.IsInUse);
        Assert.Empty(Texts(stream));
        Assert.Equal((0, 0), (Capacity.Bytes, Capacity.Streams));
    }

    [Fact]
    public void What_comes_for_a_pipe_in_the_moment_in_which_it_ends_begins_no_stream_in_its_place()
    {
        var stream = NewStream();
        stream.Begin(Settings(5), Seats.New());
        Time.Advance(TimeSpan.FromSeconds(5));
        stream.ExpireIfDue();
        Refused(Refusal.NotYours, () => Stage(stream, "late"));
        Assert.False(stream.IsInUse);
        Assert.Equal((0, 0), (Capacity.Bytes, Capacity.Streams));
    }

    [Fact]
    public void What_is_abandoned_keeps_neither_memory_nor_the_stream()
    {
        var stream = NewStream();
        stream.Begin(Settings(5));
        var bytes = Capacity.Bytes;
        stream.Abandon(Stage(stream, "never stored"));
        Assert.Equal(bytes, Capacity.Bytes);
        Time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(stream.IsInUse);
    }
}
