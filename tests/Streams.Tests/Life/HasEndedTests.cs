using Malten.Streams.Values;

namespace Malten.Streams.Tests.Life;

/// <summary>Whether the stream that began at a moment has ended.</summary>
public sealed class HasEndedTests : StreamTests
{
    [Fact]
    public void A_stream_has_ended_from_the_moment_of_its_end_even_when_its_name_is_taken_again()
    {
        var stream = NewStream();
        stream.Begin(Settings(10));
        var begun = stream.Begun;
        Assert.False(stream.HasEnded(begun, null));
        Time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.False(stream.HasEnded(begun, null));
        Time.Advance(TimeSpan.FromTicks(1));
        Assert.True(stream.HasEnded(begun, null));
        Post(stream, "another");
        Assert.True(stream.HasEnded(begun, null));
        Assert.False(stream.HasEnded(stream.Begun, null));
    }

    [Fact]
    public void No_stream_can_not_end()
    {
        var stream = NewStream();
        Assert.False(stream.HasEnded(Timestamp.None, null));
        Post(stream, "hello");
        Assert.False(stream.HasEnded(Timestamp.None, null));
    }

    [Fact]
    public void A_pipe_has_ended_for_whoever_has_no_seat_in_it()
    {
        var (stream, seats) = (NewStream(), Seats.New());
        stream.Begin(Settings(10, isPrivate: true), seats);
        var begun = stream.Begun;
        Assert.False(stream.HasEnded(begun, seats.First));
        Assert.False(stream.HasEnded(begun, seats.Second));
        Assert.True(stream.HasEnded(begun, null));
        Assert.True(stream.HasEnded(begun, "guess"));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(stream.HasEnded(begun, seats.First));
        Assert.True(stream.HasEnded(begun, seats.Second));
    }
}
