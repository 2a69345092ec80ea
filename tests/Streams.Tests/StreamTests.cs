using System.Buffers;
using System.Text;
using System.Text.Json;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Life;
using Malten.Streams.Limits;
using Malten.Streams.Values;
using Malten.Testing;

namespace Malten.Streams.Tests;

/// <summary>A stream without a broker, on a fake clock: what tests of its parts begin with.</summary>
public abstract class StreamTests
{
    protected static readonly StreamName Name = StreamName.Parse("foo");

    protected FakeTime Time { get; } = new();

    protected Capacity Capacity { get; set; } = new(new CapacityOptions());

    /// <summary>A stream that nobody has begun.</summary>
    protected MessageStream NewStream(StreamName? name = null) => new(name ?? Name, Capacity, Time);

    /// <summary>A stream in use with these messages.</summary>
    protected MessageStream NewStream(params string[] texts)
    {
        var stream = NewStream();
        foreach (var text in texts) Post(stream, text);
        return stream;
    }

    protected static Draft Draft(MessageStream stream, string text, string? seat = null) => new()
    {
        Address = new StreamAddress(stream.Name, seat), Text = MessageText.Parse(text),
    };

    protected static Frame Post(MessageStream stream, string text, string? seat = null)
    {
        Assert.True(stream.TryAppend(Draft(stream, text, seat), out var frame));
        return frame;
    }

    protected static Frame Stage(MessageStream stream, string text)
    {
        Assert.True(stream.TryStage(Draft(stream, text), out var frame));
        return frame;
    }

    protected static IEnumerable<string> Texts(MessageStream stream, string? seat = null) =>
        stream.Read(new PageRequest(new StreamAddress(stream.Name, seat), StreamLimits.Messages)).Select(Text);

    protected static string Text(Frame frame)
    {
        var message = JsonSerializer.Deserialize(frame.Payload.Span, WireJson.Default.Message)!;
        Assert.Equal("message", message.Type);
        return message.Text;
    }

    protected static StreamSettings Settings(int seconds, bool isPrivate = false) =>
        new(Name, isPrivate, TimeToLive.FromSeconds(seconds));

    /// <summary>A reader of these feeds that leaves nothing behind but its cursors.</summary>
    protected static FeedReader Read(params MessageStream[] streams)
    {
        var reader = new FeedReader(Secret.New(), [.. streams.Select(stream => stream.Name)], _ => ValueTask.CompletedTask);
        foreach (var stream in streams) reader.Hear(stream.Feed, null);
        return reader;
    }

    /// <summary>What one read of about this many bytes writes.</summary>
    protected static string ReadOnce(FeedReader reader, int bytes = 32 * 1024)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var batch = reader.Read(buffer, bytes);
        Assert.Equal(buffer.WrittenCount, batch.Bytes);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    protected static StreamRefusedException Refused(Refusal refusal, Action action)
    {
        var refused = Assert.Throws<StreamRefusedException>(action);
        Assert.Equal(refusal, refused.Refusal);
        Assert.NotEmpty(refused.Message);
        return refused;
    }

    /// <summary>Leaves room for this many bytes.</summary>
    protected void Fill(int except) => Capacity.ChangeBytes(BudgetLeft - except);

    private long BudgetLeft => (new CapacityOptions().MaxMemoryMegabytes * 1024L * 1024L) - Capacity.Bytes;
}
