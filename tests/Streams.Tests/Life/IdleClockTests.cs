using Malten.Streams.Events;
using Malten.Streams.Life;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Life;

/// <summary>When a stream ends, to the tick.</summary>
public sealed class IdleClockTests : StreamTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_stream_is_in_use_until_the_very_moment_of_its_end()
    {
        var stream = Begin();
        Time.Advance(Life - Tick);
        stream.ExpireIfDue();
        Assert.True(stream.IsInUse);
        Assert.Equal(Tick, stream.TimeLeft);
        Time.Advance(Tick);
        Assert.False(stream.IsInUse);
        stream.ExpireIfDue();
        Assert.True(stream.Begun.IsNone);
        Assert.Equal((0, 0), (Capacity.Streams, Capacity.Bytes));
    }

    [Fact]
    public void Staging_and_committing_each_renew_the_idle_clock()
    {
        var stream = Begin();
        Time.Advance(Life / 2);
        var frame = Stage(stream, "hello");
        Assert.Equal(Life, stream.TimeLeft);
        Time.Advance(Life / 2);
        stream.Commit(frame);
        Assert.Equal(Life, stream.TimeLeft);
    }

    [Fact]
    public void A_stream_does_not_end_between_stage_and_commit()
    {
        var stream = Begin();
        var frame = Stage(stream, "hello");
        Time.Advance(Life * 3);
        stream.ExpireIfDue();
        Assert.True(stream.IsInUse);
        Assert.Empty(Texts(stream));
        stream.Commit(frame);
        Time.Advance(Life - Tick);
        Assert.Equal(["hello"], Texts(stream));
        Time.Advance(Tick);
        Assert.Empty(Texts(stream));
    }

    [Fact]
    public void A_refused_message_does_not_prolong_a_stream_or_take_a_timestamp()
    {
        var stream = Begin();
        Time.Advance(Life / 2);
        var newest = stream.Newest;
        Fill(except: 100);
        Refused(Refusal.Full, () => Post(stream, "hello"));
        Assert.Equal(Life / 2, stream.TimeLeft);
        Assert.Equal(newest, stream.Newest);
        Time.Advance(Life / 2);
        Assert.False(stream.IsInUse);
    }

    [Fact]
    public void A_repeated_post_does_not_prolong_a_stream()
    {
        var stream = Begin();
        var draft = Draft(stream, "hello") with { Id = Guid.NewGuid() };
        Assert.True(stream.TryAppend(draft, out var first));
        Time.Advance(Life / 2);
        Assert.False(stream.TryAppend(draft, out var again));
        Assert.Equal(first, again);
        Assert.Equal(Life / 2, stream.TimeLeft);
    }

    [Fact]
    public void Commands_and_notices_do_not_prolong_a_stream()
    {
        var stream = Begin();
        Time.Advance(Life / 2);
        stream.Announce("what?", stream.Name);
        stream.Announce(new Notice { Name = NoticeName.Answering });
        Assert.Equal(Life / 2, stream.TimeLeft);
    }

    private MessageStream Begin()
    {
        var stream = NewStream();
        stream.Begin(Settings(10));
        return stream;
    }
}
