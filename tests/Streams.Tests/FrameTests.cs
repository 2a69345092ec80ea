using System.Text;
using Malten.Streams.Events;
using Malten.Streams.Values;

namespace Malten.Streams.Tests;

/// <summary>The bytes that readers get.</summary>
public sealed class FrameTests
{
    private static readonly Guid Id = Guid.Parse("0199d9d0-0000-7000-8000-000000000000");

    [Theory]
    [InlineData(1024, null)]
    [InlineData(1795219513081506816, "ann")]
    [InlineData(9223372036854774784, "ann")]
    public void A_messages_parts_are_found_in_its_frame(long created, string? user)
    {
        var frame = FrameEncoder.Encode(new Message(Id, "message", "hi", new Timestamp(created), "foo", user));
        var label = user is null ? "" : $",\"User\":\"{user}\"";
        var payload = $"{{\"Id\":\"{Id}\",\"Type\":\"message\",\"Text\":\"hi\",\"Created\":{created},\"Stream\":\"foo\"{label}}}";
        var json = $"{{\"Id\":\"{Id}\",\"Type\":\"message\",\"Created\":{created},\"Payload\":{payload}}}";
        Assert.Equal($"id: {created}\ndata: {json}\n\n", Encoding.UTF8.GetString(frame.Bytes));
        Assert.Equal($"data: {json}\n\n", Encoding.UTF8.GetString(frame.Data.Span));
        Assert.Equal(json, Encoding.UTF8.GetString(frame.Json.Span));
        Assert.Equal(payload, Encoding.UTF8.GetString(frame.Payload.Span));
    }

    [Fact]
    public void Any_other_event_has_no_cursor_and_leaves_out_what_it_does_not_say()
    {
        var frame = FrameEncoder.Encode(new Notice { Name = NoticeName.Gap, Stream = "foo" }, new Timestamp(2048));
        Assert.False(frame.IsMessage);
        Assert.Equal($"data: {{\"Id\":\"{frame.Id}\",\"Type\":\"event\",\"Created\":2048,\"Payload\":{{\"Name\":\"gap\",\"Stream\":\"foo\"}}}}\n\n",
            Encoding.UTF8.GetString(frame.Bytes));
    }

    [Fact]
    public void No_text_can_end_its_line()
    {
        var frame = FrameEncoder.Encode(new Message(Id, "message", "a\r\n\ndata: b\u0085", new Timestamp(1024), "foo"));
        Assert.Equal(3, frame.Bytes.Count(one => one == '\n'));
        Assert.DoesNotContain((byte)'\r', frame.Bytes);
    }
}
