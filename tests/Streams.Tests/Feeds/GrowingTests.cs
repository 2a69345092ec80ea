using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Feeds;

/// <summary>Answers that are being written: the newest state, to those who have not read it, until the answer is there.</summary>
public sealed class GrowingTests : StreamTests
{
    private static readonly ClientKey Loud = new(1, 1);
    private static readonly ClientKey Quiet = new(2, 2);

    private readonly MessageStream _stream;
    private readonly Guid _command = Guid.NewGuid();

    public GrowingTests() => _stream = NewStream("held");

    [Fact]
    public void A_reader_gets_the_newest_state_alone_after_what_came_before()
    {
        using var follower = new FeedFollower(_stream.Feed);
        Grow("one");
        Post(_stream, "message");
        _stream.Announce("command", _stream.Name);
        Grow("one two");
        Assert.Equal(["message", "command", "one two"], Take(follower));
        Assert.Empty(follower.Take());
        Grow("one two three");
        Assert.Equal(["one two three"], Take(follower));
    }

    [Fact]
    public void Each_reader_gets_it_once()
    {
        using var quick = new FeedFollower(_stream.Feed);
        using var slow = new FeedFollower(_stream.Feed);
        Grow("one");
        Assert.Equal(["one"], Take(quick));
        Assert.Empty(quick.Take());
        Assert.Equal(["one"], Take(slow));
        Assert.Empty(slow.Take());
    }

    [Fact]
    public void Two_answers_grow_side_by_side()
    {
        using var follower = new FeedFollower(_stream.Feed);
        var other = Guid.NewGuid();
        Grow("one");
        Grow("another", other);
        Grow("one two");
        Assert.Equal(["another", "one two"], Take(follower));
        Answer("the other answer", other);
        Grow("one two three");
        Assert.Equal(["the other answer", "one two three"], Take(follower));
    }

    [Theory]
    [InlineData("answer")]
    [InlineData("failed")]
    [InlineData("end")]
    public void Nobody_gets_it_after_its_end_and_nothing_of_it_is_held(string how)
    {
        using var follower = new FeedFollower(_stream.Feed);
        Grow(new string('a', 10_000));
        var bytes = Capacity.Bytes;
        if (how == "answer") Answer("the answer", _command);
        else if (how == "failed") _stream.Announce(new Notice { Name = NoticeName.Failed, Stream = "s", Command = _command, Reason = "failed" });
        else Time.Advance(TimeSpan.FromDays(2));
        _stream.ExpireIfDue();
        Assert.InRange(Capacity.Bytes, 0, bytes - 9000);
        Assert.DoesNotContain(follower.Take(), frame => frame.Kind == FrameKind.Growing);
    }

    [Theory]
    [InlineData("no answer at all")]
    [InlineData("\"ReplyTo\":\"{0}\"}")]
    [InlineData("\\\",\"ReplyTo\":\"{0}\"}")]
    public void What_only_looks_like_the_answer_does_not_end_it(string text)
    {
        using var follower = new FeedFollower(_stream.Feed);
        Grow("one");
        Post(_stream, text.Replace("{0}", $"{_command}", StringComparison.Ordinal));
        Answer("an answer to something else", Guid.NewGuid());
        Assert.Equal("one", Take(follower)[^1]);
    }

    [Fact]
    public void It_is_let_go_of_when_everybody_has_read_it_or_has_gone()
    {
        var bytes = Capacity.Bytes;
        using (var follower = new FeedFollower(_stream.Feed))
        {
            Grow(new string('a', 10_000));
            Assert.InRange(Capacity.Bytes, bytes + 10_000, bytes + 11_000);
            follower.Take();
            Assert.False(follower.WaitAsync().AsTask().IsCompleted);
            Assert.Equal(bytes, Capacity.Bytes);
            Grow(new string('b', 10_000));
        }

        Assert.Equal(bytes, Capacity.Bytes);
    }

    [Fact]
    public void Whoever_comes_later_gets_the_next_state_and_whoever_waits_is_woken()
    {
        using var first = new FeedFollower(_stream.Feed);
        Grow("one");
        using var second = new FeedFollower(_stream.Feed);
        Assert.Empty(second.Take());
        var waits = second.WaitAsync().AsTask();
        Assert.False(waits.IsCompleted);
        Grow("one two");
        Assert.True(SpinWait.SpinUntil(() => waits.IsCompleted, TimeSpan.FromSeconds(20)));
        Assert.Equal(["one two"], Take(second));
        Assert.Equal(["one two"], Take(first));
    }

    [Fact]
    public void However_many_grow_few_are_held_and_none_is_a_gap()
    {
        using var follower = new FeedFollower(_stream.Feed);
        for (var number = 0; number < 1000; number++) Grow($"{number}", Guid.NewGuid());
        Assert.Equal(Enumerable.Range(992, 8).Select(number => $"{number}"), Take(follower));
    }

    [Fact]
    public void Where_the_memory_is_full_it_is_left_out_and_nobody_misses_anything()
    {
        using var follower = new FeedFollower(_stream.Feed);
        Grow("one");
        Capacity.ChangeBytes(1L << 40);
        Grow("one two");
        Assert.Empty(follower.Take());
        Capacity.ChangeBytes(-(1L << 40));
        Grow("one two three");
        Assert.Equal(["one two three"], Take(follower));
    }

    [Fact]
    public void A_reader_gets_it_after_the_messages_beyond_one_that_gave_way()
    {
        using var follower = new FeedFollower(_stream.Feed);
        Post(_stream, "before");
        Assert.True(_stream.TryAppend(Draft(_stream, new string('漢', 900)) with { Client = Loud }, out _));
        Post(_stream, "after");
        Grow("one");
        Capacity.Shares.MakeRoom(Resource.Bytes, () => 1, Quiet);
        Assert.Equal(["before"], Take(follower));
        Assert.Equal(["gap"], Take(follower));
        Assert.Equal(["after", "one"], Take(follower));
    }

    [Fact]
    public void It_gives_way_with_the_events_and_the_next_state_is_read()
    {
        using var follower = new FeedFollower(_stream.Feed);
        var bytes = Capacity.Bytes;
        _stream.Announce(new string('漢', 900), _stream.Name, client: Loud);
        Grow("one");
        Capacity.Shares.MakeRoom(Resource.Bytes, () => 1, Quiet);
        Assert.Equal(bytes, Capacity.Bytes);
        Assert.Equal(["gap"], Take(follower));
        Grow("one two");
        Assert.Equal(["one two"], Take(follower));
    }

    [Fact]
    public void Of_a_stream_that_has_ended_nothing_is_shown_to_the_next()
    {
        var command = new Command(_command, _stream.Name, "what?", Timestamp.Now(Time), _stream.Begun);
        using var follower = new FeedFollower(_stream.Feed);
        Assert.True(_stream.ReportProgress(command, "one"));
        Assert.Equal(["one"], Take(follower));
        Time.Advance(TimeSpan.FromDays(2));
        Assert.False(_stream.ReportProgress(command, "one two"));
        Post(_stream, "another stream");
        Assert.False(_stream.ReportProgress(command, "one two"));
        Assert.DoesNotContain("one two", Take(follower));
    }

    private void Answer(string text, Guid command) =>
        Assert.True(_stream.TryAppend(Draft(_stream, text) with { ReplyTo = command }, out _));

    private void Grow(string text, Guid? command = null) =>
        _stream.Announce(new Notice { Name = NoticeName.Answering, Stream = "s", Command = command ?? _command, Text = text });

    /// <summary>What is taken: texts, and the prompts of commands.</summary>
    private static List<string> Take(FeedFollower follower) => [.. follower.Take().Select(frame =>
    {
        using var json = System.Text.Json.JsonDocument.Parse(Encoding.UTF8.GetString(frame.Json.Span));
        var payload = json.RootElement.GetProperty("Payload");
        return payload.TryGetProperty("Text", out var text) || payload.TryGetProperty("Prompt", out text)
            ? text.GetString()! : payload.GetProperty("Name").GetString()!;
    })];
}
