using System.Buffers;
using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Limits;
using Malten.Streams.Values;

namespace Malten.Streams.Tests.Feeds;

/// <summary>One connection's way through the feeds it hears: turns, waits and wake-ups.</summary>
public sealed class FeedReaderTests : StreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task It_leaves_once_however_often_it_is_disposed_of()
    {
        var (stream, left) = (NewStream("one"), 0);
        var reader = new FeedReader("session", [stream.Name], _ =>
        {
            left++;
            return ValueTask.CompletedTask;
        });
        reader.Hear(stream.Feed, null);
        await using var other = Read(stream);
        await reader.DisposeAsync();
        await reader.DisposeAsync();
        Assert.Equal(1, left);
        stream.Announce("what?", stream.Name);
        Assert.Contains("what?", ReadOnce(other)); // somebody still listens
    }

    [Fact]
    public async Task Each_read_begins_with_another_stream()
    {
        var streams = new[] { "a", "b", "c" }.Select(name => NewStream(StreamName.Parse(name))).ToArray();
        await using var reader = Read(streams);
        foreach (var stream in streams)
            for (var i = 0; i < 2; i++) Post(stream, $"{stream.Name.Value}{i}");
        var firsts = Enumerable.Range(0, 6).Select(_ => ReadOnce(reader, bytes: 1)).ToList();
        string[] turns = ["a0", "b0", "c0", "a1", "b1", "c1"];
        Assert.All(turns.Zip(firsts), turn => Assert.Contains($"\"Text\":\"{turn.First}\"", turn.Second));
        Assert.Empty(ReadOnce(reader));
    }

    [Fact]
    public async Task A_read_takes_all_that_fits_and_says_what_it_took()
    {
        var stream = NewStream();
        await using var reader = Read(stream);
        var frames = Enumerable.Range(0, 100).Select(i =>
        {
            Time.Advance(TimeSpan.FromMilliseconds(1));
            return Post(stream, $"{i:000}");
        }).ToList();
        stream.Announce("what?", stream.Name);
        var length = frames[0].Bytes.Length;
        var buffer = new ArrayBufferWriter<byte>();
        Assert.Equal(new FeedBatch(3, 3 * length, frames[0].Timestamp), reader.Read(buffer, 3 * length));
        Assert.Equal(new FeedBatch(4, 4 * length, frames[3].Timestamp), reader.Read(buffer, (3 * length) + 1));
        var rest = reader.Read(buffer, 1024 * 1024);
        Assert.Equal((93, frames[7].Timestamp), (rest.Messages, rest.Oldest));
        Assert.True(rest.Bytes > 93 * length); // the command is among them
        Assert.Equal(new FeedBatch(0, 0, Timestamp.None), reader.Read(buffer, 1024));
    }

    [Fact]
    public async Task A_reader_that_hears_nothing_reads_nothing()
    {
        await using var reader = Read();
        Assert.Empty(ReadOnce(reader));
    }

    [Fact]
    public async Task A_wait_ends_at_once_when_there_is_something_to_read()
    {
        var (first, second) = (NewStream(), NewStream(StreamName.Parse("bar")));
        await using var reader = Read(first, second);
        Post(second, "hello");
        Assert.True(reader.WaitAsync().AsTask().IsCompleted);
        Assert.Contains("hello", ReadOnce(reader));
        Assert.False(reader.WaitAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task An_event_that_is_no_message_ends_a_wait_too()
    {
        var stream = NewStream();
        await using var reader = Read(stream);
        var wait = reader.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        stream.Announce("what?", stream.Name);
        await wait.WaitAsync(Patience);
        Assert.True(reader.WaitAsync().AsTask().IsCompleted); // until it is read
        Assert.Contains("what?", ReadOnce(reader));
        Assert.Empty(ReadOnce(reader));
        Assert.False(reader.IsCompleted);
    }

    [Fact]
    public async Task An_id_names_the_place_from_which_a_stream_resumes_until_something_of_it_is_read()
    {
        var (busy, quiet) = (NewStream(), NewStream(StreamName.Parse("bar")));
        var last = Post(quiet, "last");
        Post(quiet, "unread");
        await using var reader = new FeedReader(Secret.New(), [busy.Name, quiet.Name], _ => ValueTask.CompletedTask);
        reader.Hear(busy.Feed, null);
        reader.Hear(quiet.Feed, last.Timestamp);
        var hello = Post(busy, "hello");
        Assert.StartsWith($"id: {hello.Timestamp},{last.Timestamp}\n", ReadOnce(reader, bytes: 1));
        Assert.Contains("unread", ReadOnce(reader));
    }

    [Fact]
    public async Task It_asks_the_output_for_all_the_room_it_takes()
    {
        var (first, second) = (NewStream("one"), NewStream(StreamName.Parse("bar")));
        await using var reader = Read(first, second);
        Post(second, "two");
        var output = new ExactOutput();
        Assert.Equal(1, reader.Read(output, 1024).Messages);
        Assert.Equal($"id: {first.Feed.Newest},{second.Feed.Newest}", output.Text.Split('\n')[0]);
    }

    [Fact]
    public async Task A_wake_up_ends_the_wait_under_way_or_the_next_one_and_no_more()
    {
        await using var reader = Read(NewStream());
        reader.Wake();
        reader.Wake();
        Assert.True(reader.WaitAsync().AsTask().IsCompleted);
        var wait = reader.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        reader.Wake();
        Assert.True(wait.IsCompleted);
        await wait;
        Assert.False(reader.WaitAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_wake_up_in_the_moment_of_the_wait_is_not_lost()
    {
        // Two threads that take turns on one core try nothing: it goes on until they have met often enough.
        for (var (batch, met) = (0, 0); batch < 50 && met < 2_000; batch++) met += await RaceAsync();
    }

    [Fact]
    public async Task A_reader_that_comes_while_others_are_woken_is_woken_too()
    {
        var stream = NewStream();
        await using var first = Read(stream);
        await using var second = Read(stream);
        var between = first.WaitAsync().AsTask().ContinueWith(_ => // inside the round that wakes the first
        {
            ReadOnce(second);
            var late = second.WaitAsync().AsTask();
            Assert.False(late.IsCompleted);
            Post(stream, "two");
            return late;
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        Post(stream, "one");
        await (await between.WaitAsync(Patience)).WaitAsync(Patience);
        Assert.Contains("two", ReadOnce(second));
    }

    [Fact]
    public async Task A_reader_that_has_left_is_not_woken_and_the_others_are()
    {
        var stream = NewStream();
        var leaving = Read(stream);
        await using var staying = Read(stream);
        var (left, stayed) = (leaving.WaitAsync().AsTask(), staying.WaitAsync().AsTask());
        await leaving.DisposeAsync();
        Post(stream, "hello");
        await stayed.WaitAsync(Patience);
        Assert.False(left.IsCompleted);
    }

    [Fact]
    public async Task A_reader_is_completed_once_it_has_read_what_a_closed_feed_held()
    {
        var stream = NewStream();
        await using var reader = Read(stream);
        Post(stream, "hello");
        stream.Feed.Close();
        Assert.True(reader.WaitAsync().AsTask().IsCompleted);
        Assert.False(reader.IsCompleted);
        Assert.Contains("hello", ReadOnce(reader));
        Assert.Empty(ReadOnce(reader));
        Assert.True(reader.IsCompleted);
    }

    [Fact]
    public async Task A_closed_feed_takes_nothing_and_holds_nothing_for_it()
    {
        var capacity = new Capacity(new CapacityOptions());
        var feed = new Feed(StreamName.Parse("closed"), capacity, TimeProvider.System);
        await using var reader = new FeedReader("session", [], _ => ValueTask.CompletedTask);
        reader.Hear(feed, null);
        feed.Close();
        var late = new Frame(FrameKind.Message, new Timestamp(1), Guid.Empty, [1, 2, 3]);
        feed.Reserve(late);
        feed.Append(late);
        feed.Announce(late with { Kind = FrameKind.Event });
        Assert.Empty(ReadOnce(reader));
        Assert.Equal((0, 0), (feed.Count, capacity.Bytes));
    }

    [Fact]
    public async Task A_wait_under_way_ends_when_the_feed_is_closed()
    {
        var stream = NewStream();
        await using var reader = Read(stream);
        var wait = reader.WaitAsync().AsTask();
        Assert.False(wait.IsCompleted);
        stream.Feed.Close();
        await wait.WaitAsync(Patience);
    }

    /// <summary>One thread waits as another wakes, reader by reader; returns how often the wake-up came first.</summary>
    private static async Task<int> RaceAsync()
    {
        var readers = Enumerable.Range(0, 2_000).Select(_ => Read()).ToArray();
        var (begun, met) = (-2, 0);
        var waking = Task.Run(() =>
        {
            Volatile.Write(ref begun, -1);
            for (var i = 0; i < readers.Length; i++)
            {
                while (Volatile.Read(ref begun) < i) Thread.SpinWait(1);
                readers[i].Wake();
            }
        });
        var waits = await Task.Run(() =>
        {
            while (Volatile.Read(ref begun) == -2) Thread.Yield();
            return readers.Select((reader, i) =>
            {
                Volatile.Write(ref begun, i);
                Thread.SpinWait(i % 16); // so that the wake-up comes before the wait, after it, or in the middle of it
                var wait = reader.WaitAsync().AsTask();
                if (wait.IsCompleted) met++;
                return wait;
            }).ToArray();
        });
        await waking;
        await Task.WhenAll(waits).WaitAsync(Patience);
        return met;
    }

    /// <summary>An output that gives no more room than it is asked for.</summary>
    private sealed class ExactOutput : IBufferWriter<byte>
    {
        private readonly List<byte> _written = [];
        private byte[] _room = [];

        public string Text => Encoding.UTF8.GetString([.. _written]);

        public void Advance(int count) => _written.AddRange(_room[..count]);

        public Memory<byte> GetMemory(int sizeHint = 0) => _room = new byte[Math.Max(1, sizeHint)];

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
