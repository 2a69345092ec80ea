using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Malten.Streams;

/// <summary>Encodes events as frames. Line ends are escaped in JSON, so one <c>data:</c> line holds any text.</summary>
public static class FrameEncoder
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    /// <summary>A message's frame.</summary>
    public static Frame Encode(Message message) => Encode(FrameKind.Message, message.Created,
        new StreamEvent<Message>(message.Id, "message", message.Created, message), WireJson.Default.StreamEventMessage);

    /// <summary>The frame of an event that is not a message; <paramref name="created"/> in Unix nanoseconds.</summary>
    public static Frame Encode(Notice notice, long created) => Encode(KindOf(notice), 0,
        new StreamEvent<Notice>(Guid.CreateVersion7(), "event", created, notice), WireJson.Default.StreamEventNotice);

    /// <summary>A command's frame.</summary>
    public static Frame Encode(Command command) => Encode(FrameKind.Event, 0,
        new StreamEvent<CommandPayload>(command.Id, "command", command.Created,
            new CommandPayload(command.Prompt, command.Address.Name.Value)), WireJson.Default.StreamEventCommandPayload);

    private static FrameKind KindOf(Notice notice) => notice.Name switch
    {
        Notice.Presence => FrameKind.Passing,
        Notice.Expired => FrameKind.End,
        _ => FrameKind.Event,
    };

    private static Frame Encode<T>(FrameKind kind, long timestamp, StreamEvent<T> content, JsonTypeInfo<StreamEvent<T>> type)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(2048);
        buffer.ResetWrittenCount();
        if (timestamp != 0) WriteId(buffer, timestamp);
        buffer.Write("data: "u8);
        var json = _json ??= new Utf8JsonWriter(buffer, WireJson.Writing);
        json.Reset(buffer);
        JsonSerializer.Serialize(json, content, type);
        buffer.Write("\n\n"u8);
        return new Frame(kind, timestamp, content.Id, buffer.WrittenSpan.ToArray());
    }

    private static void WriteId(ArrayBufferWriter<byte> buffer, long timestamp)
    {
        buffer.Write("id: "u8);
        Utf8Formatter.TryFormat(timestamp, buffer.GetSpan(20), out var length);
        buffer.Advance(length);
        buffer.Write("\n"u8);
    }
}
