using System.Buffers;
using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Feeds;

/// <summary>The bytes of a message are overwritten when nobody keeps it any more, and not before.</summary>
public sealed class OverwritingTests : StreamTests
{
    private static readonly ClientKey Loud = new(1, 1);
    private static readonly ClientKey Quiet = new(2, 2);

    [Fact]
    public void When_it_was_evicted()
    {
        var stream = NewStream();
        var bytes = Answered(stream, "first");
        Fill(stream, StreamLimits.Messages - 1);
        Assert.Contains("first", Encoding.UTF8.GetString(bytes));
        Fill(stream, 1);
        Assert.All(bytes, one => Assert.Equal(0, one));
    }

    [Fact]
    public void When_its_stream_has_ended()
    {
        var stream = NewStream();
        byte[][] all = [Answered(stream, "one"), Answered(stream, "two")];
        Time.Advance(TimeToLive.Default.Span);
        stream.ExpireIfDue();
        Assert.All(all, bytes => Assert.All(bytes, one => Assert.Equal(0, one)));
    }

    [Fact]
    public void When_its_stream_is_disposed_of()
    {
        var stream = NewStream();
        var bytes = Answered(stream, "one");
        stream.Dispose();
        Assert.All(bytes, one => Assert.Equal(0, one));
    }

    [Fact]
    public void When_it_had_to_give_way()
    {
        var stream = NewStream();
        var bytes = Answered(stream, "one", Loud);
        Capacity.Shares.MakeRoom(Resource.Bytes, () => 1, Quiet);
        Assert.All(bytes, one => Assert.Equal(0, one));
        Post(stream, "two");
        Assert.Equal(["two"], Texts(stream));
    }

    [Fact]
    public async Task When_a_command_was_heard_by_all()
    {
        var stream = NewStream("one");
        await using var reader = Read(stream);
        var frame = stream.Announce("what?", stream.Name).Frame;
        frame.LetGo();
        var bytes = frame.Bytes;
        Assert.Contains("what?", ReadOnce(reader));
        Assert.Contains("what?", Encoding.UTF8.GetString(bytes));
        Assert.False(reader.WaitAsync().AsTask().IsCompleted); // now it needs it no more
        Assert.All(bytes, one => Assert.Equal(0, one));
    }

    [Fact]
    public void Not_while_whoever_posted_it_waits_for_the_answer()
    {
        var stream = NewStream();
        var frame = Post(stream, "one");
        Assert.False(stream.TryAppend(Draft(stream, "one") with { Id = frame.Id }, out var repeated));
        stream.Dispose();
        frame.LetGo();
        Assert.Equal("one", Text(repeated)); // nor while the answer to the repetition is written
        repeated.LetGo();
        Assert.Empty(repeated.Bytes);
    }

    [Theory, InlineData(PageDirection.Forward), InlineData(PageDirection.Backward)]
    public void Not_while_a_page_is_written(PageDirection direction)
    {
        var stream = NewStream();
        var bytes = Answered(stream, "one");
        var pages = new[] { ReadPage(stream, direction), ReadPage(stream, direction) };
        Fill(stream, StreamLimits.Messages);
        foreach (var page in pages)
        {
            Assert.Equal("one", Text(page[0]));
            page[0].LetGo();
        }

        Assert.All(bytes, one => Assert.Equal(0, one));
    }

    [Fact]
    public void Not_while_a_page_is_written_of_a_stream_in_which_others_gave_way()
    {
        var stream = NewStream();
        Answered(stream, "gone", Loud);
        Capacity.Shares.MakeRoom(Resource.Bytes, () => 1, Quiet);
        var bytes = Answered(stream, "one");
        var page = ReadPage(stream, PageDirection.Forward);
        stream.Dispose();
        Assert.Equal("one", Text(Assert.Single(page)));
        page[0].LetGo();
        Assert.All(bytes, one => Assert.Equal(0, one));
    }

    [Fact]
    public void Not_when_it_was_taken_to_be_forwarded()
    {
        var stream = NewStream("before");
        using var follower = new FeedFollower(stream.Feed);
        Answered(stream, "one");
        var taken = follower.Take();
        stream.Dispose();
        Assert.Equal("one", Text(Assert.Single(taken)));
    }

    [Fact]
    public void Not_while_another_feed_holds_it()
    {
        var stream = NewStream("one");
        var snapshot = stream.Capture()!;
        foreach (var message in snapshot.Messages) message.LetGo();
        var other = NewStream();
        other.Restore(snapshot);
        stream.Dispose();
        Assert.Equal(["one"], Texts(other));
    }

    [Fact]
    public async Task Not_while_a_reader_copies_it()
    {
        var stream = NewStream("before");
        await using var reader = Read(stream);
        var bytes = Answered(stream, "one");
        var output = new Interrupted(() => Task.Run(stream.Dispose));
        reader.Read(output, int.MaxValue);
        await output.Interruption!;
        Assert.Contains("\"Text\":\"one\"", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.All(bytes, one => Assert.Equal(0, one));
    }

    [Fact]
    public async Task Whatever_crosses_whoever_reads_gets_whole_messages()
    {
        var stream = NewStream("first");
        await using var reader = Read(stream);
        var posting = Task.Run(() =>
        {
            for (var i = 0; i < 3 * StreamLimits.Messages; i++) Answered(stream, new string('x', 1 + (i % 1000)));
        });
        while (!posting.IsCompleted)
        {
            var heard = new ArrayBufferWriter<byte>();
            reader.Read(heard, 32 * 1024);
            Assert.False(heard.WrittenSpan.Contains((byte)0));
            foreach (var message in ReadPage(stream, PageDirection.Forward))
            {
                Assert.False(message.Payload.Span.Contains((byte)0));
                message.LetGo();
            }
        }

        await posting;
    }

    /// <summary>The bytes of a message whose author has been answered.</summary>
    private static byte[] Answered(MessageStream stream, string text, ClientKey client = default)
    {
        Assert.True(stream.TryAppend(Draft(stream, text) with { Client = client }, out var frame));
        var bytes = frame.Bytes;
        frame.LetGo();
        return bytes;
    }

    private static void Fill(MessageStream stream, int count)
    {
        for (var i = 0; i < count; i++) Answered(stream, "more");
    }

    private static IReadOnlyList<Frame> ReadPage(MessageStream stream, PageDirection direction) =>
        stream.Read(new PageRequest(stream.Name, StreamLimits.Messages, direction));

    /// <summary>Something happens when the first bytes are about to be written, on another thread.</summary>
    private sealed class Interrupted(Func<Task> interrupt) : IBufferWriter<byte>
    {
        private readonly ArrayBufferWriter<byte> _written = new();

        public Task? Interruption { get; private set; }

        public ReadOnlySpan<byte> WrittenSpan => _written.WrittenSpan;

        public void Advance(int count) => _written.Advance(count);

        public Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0)
        {
            if (Interruption is null)
            {
                Interruption = interrupt();
                Thread.Yield();
            }

            return _written.GetSpan(sizeHint);
        }
    }
}
