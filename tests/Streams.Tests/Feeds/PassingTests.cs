using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Feeds;

/// <summary>Messages that are no longer held and that readers have yet to read.</summary>
public sealed class PassingTests : StreamTests
{
    [Fact]
    public async Task A_message_goes_once_the_last_reader_has_passed_it()
    {
        var stream = NewStream(keep: 0);
        await using var one = Read(stream);
        await using var other = Read(stream);
        var empty = Capacity.Bytes;
        Post(stream, "a");
        Post(stream, "b");
        ReadOnce(one);
        Assert.True(Capacity.Bytes > empty + 200);
        Post(stream, "c"); // the first reader is behind again
        Assert.Contains("\"b\"", ReadOnce(other), StringComparison.Ordinal);
        ReadOnce(one);
        Assert.InRange(Capacity.Bytes - empty, 0, 300); // three ids
        Assert.Equal(0, stream.Feed.MessageBytes);
    }

    [Fact]
    public void Where_nobody_listens_it_goes_at_once()
    {
        var stream = NewStream(keep: 0);
        Post(stream, "a");
        Assert.Equal((0, 0), (stream.Feed.MessageBytes, stream.Feed.Count));
        Assert.Equal(1, Time.ActiveTimers); // until its id is forgotten
    }

    [Fact]
    public async Task It_goes_when_the_reader_leaves_that_had_yet_to_read_it()
    {
        var stream = NewStream(keep: 0);
        await using var one = Read(stream);
        var slow = Read(stream);
        Post(stream, "a");
        ReadOnce(one);
        Assert.NotEqual(0, stream.Feed.MessageBytes);
        await slow.DisposeAsync();
        Assert.Equal(0, stream.Feed.MessageBytes);
    }

    [Fact]
    public async Task It_does_not_wait_longer_than_its_time_for_a_reader()
    {
        var stream = NewStream(keep: 1);
        await using var slow = Read(stream);
        for (var i = 0; i < 3; i++) Post(stream, $"{i}");
        Time.Advance(Feed.LongestPassing / 4);
        Assert.Contains("\"0\"", ReadOnce(slow, bytes: 1), StringComparison.Ordinal);
        Time.Advance(Feed.LongestPassing);
        Assert.Equal(["2"], Texts(stream));
        var rest = ReadOnce(slow);
        Assert.Contains("gap", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("\"1\"", rest, StringComparison.Ordinal);
        Assert.Contains("\"2\"", rest, StringComparison.Ordinal);
        Time.Advance(TimeSpan.FromSeconds(30)); // the ids are forgotten too
        Assert.Equal(0, Time.ActiveTimers);
    }

    [Fact]
    public async Task Whoever_resumes_within_what_is_held_is_waited_for_too()
    {
        var stream = NewStream(keep: 2);
        await using var quick = Read(stream);
        var first = Post(stream, "0");
        Post(stream, "1");
        ReadOnce(quick);
        await using var resumed = new FeedReader("resumed", [stream.Name], _ => ValueTask.CompletedTask);
        resumed.Hear(stream.Feed, first.Timestamp);
        for (var i = 2; i < 6; i++) Post(stream, $"{i}");
        ReadOnce(quick);
        var heard = ReadOnce(resumed);
        for (var i = 1; i < 6; i++) Assert.Contains($"\"{i}\"", heard, StringComparison.Ordinal);
        Assert.DoesNotContain("gap", heard, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_forwarded_can_be_asked_for_again_for_a_while()
    {
        var stream = NewStream(keep: 0);
        using var follower = new FeedFollower(stream.Feed);
        var (one, two) = (Post(stream, "1"), Post(stream, "2"));
        Assert.Equal(2, follower.Take().Length);
        Assert.Empty(Texts(stream));
        Assert.Empty(stream.Capture()!.Messages); // for whoever did not know the stream, and for copies
        Assert.Equal([two], stream.CaptureFor(stream.Begun, one.Timestamp)!.Messages);
        Assert.Empty(stream.CaptureFor(Timestamp.None, one.Timestamp)!.Messages);
        Time.Advance(Feed.LongestPassing);
        var late = stream.CaptureFor(stream.Begun, one.Timestamp)!;
        Assert.Empty(late.Messages);
        Assert.Equal(two.Timestamp, late.Evicted);
    }

    [Fact]
    public async Task Readers_of_any_pace_hear_everything_in_order_or_are_told()
    {
        var random = new Random(1);
        foreach (var keep in new[] { 0, 1, 5, 1023 })
        {
            var stream = NewStream(keep);
            await using var quick = Read(stream);
            var readers = Enumerable.Range(0, 5).Select(_ => Read(stream)).ToList();
            var heard = readers.ConvertAll(_ => "");
            for (var i = 0; i < 900; i++)
            {
                Post(stream, $"<{i}>");
                var which = random.Next(readers.Count);
                if (random.Next(3) == 0) heard[which] += ReadOnce(readers[which]);
            }

            for (var which = 0; which < readers.Count; which++)
            {
                while (ReadOnce(readers[which]) is { Length: > 0 } more) heard[which] += more;
                Assert.DoesNotContain("gap", heard[which], StringComparison.Ordinal);
                var places = Enumerable.Range(0, 900).Select(i => heard[which].IndexOf($"<{i}>", StringComparison.Ordinal)).ToList();
                Assert.DoesNotContain(-1, places);
                Assert.Equal(places.Order(), places);
            }

            while (ReadOnce(quick).Length > 0)
            {
                // reads all
            }

            Assert.Equal(Math.Min(keep, 900), stream.Feed.Count);
            Assert.Equal(Texts(stream).Count(), stream.Feed.Count);
            foreach (var reader in readers) await reader.DisposeAsync();
        }
    }

    private MessageStream NewStream(int keep)
    {
        var stream = NewStream();
        stream.Begin(new StreamSettings(Name, true, TimeToLive.Default) { Keep = Retention.FromMessages(keep) });
        return stream;
    }
}
