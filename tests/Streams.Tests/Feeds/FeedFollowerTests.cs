using Malten.Streams.Feeds;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Feeds;

/// <summary>What a node follows to send it on.</summary>
public sealed class FeedFollowerTests : StreamTests
{
    [Fact]
    public void It_begins_at_the_head_and_knows_the_last_message_it_took()
    {
        var stream = NewStream();
        using var early = new FeedFollower(stream.Feed);
        Assert.Equal(Timestamp.None, early.Position);
        var one = Post(stream, "one");
        using var late = new FeedFollower(stream.Feed);
        Assert.Equal(one.Timestamp, late.Position);
        Assert.Empty(late.Take());
        var two = Post(stream, "two");
        stream.Announce("what?", stream.Name);
        Assert.Equal(3, early.Take().Length);
        Assert.Equal(two.Timestamp, early.Position); // an event does not move it
        Assert.Equal([two], late.Take().Where(frame => frame.IsMessage));
    }

    [Fact]
    public void It_takes_at_most_256_frames_at_a_time()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        for (var i = 0; i < 300; i++) Post(stream, $"{i}");
        Assert.Equal(256, follower.Take().Length);
        Assert.Equal(["256", "257"], follower.Take().Take(2).Select(Text));
    }

    [Fact]
    public void It_takes_no_more_once_it_has_a_quarter_of_a_megabyte()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        var text = string.Concat(Enumerable.Repeat("🙂", StreamLimits.TextLength));
        for (var i = 0; i < 200; i++) Post(stream, text);
        var taken = follower.Take();
        var length = taken[0].Bytes.Length;
        Assert.InRange(taken.Length * length, 256 * 1024, (256 * 1024) + length);
        Assert.Equal(200 - taken.Length, RestOf(follower));
    }

    [Fact]
    public async Task It_waits_until_there_is_something_to_take_or_it_is_woken()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        var wait = follower.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        follower.Wake();
        Assert.True(wait.IsCompleted);
        await wait;
        Post(stream, "hello");
        Assert.True(follower.WaitAsync().AsTask().IsCompleted);
        Assert.Equal("hello", Text(Assert.Single(follower.Take())));
    }

    [Fact]
    public async Task A_wait_under_way_ends_with_what_comes()
    {
        var stream = NewStream();
        using var follower = new FeedFollower(stream.Feed);
        var wait = follower.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        Post(stream, "hello");
        await wait.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Single(follower.Take());
        Assert.False(follower.WaitAsync().AsTask().IsCompleted);
    }

    private static int RestOf(FeedFollower follower)
    {
        var rest = 0;
        while (follower.Take() is { Length: > 0 } taken) rest += taken.Length;
        return rest;
    }
}
