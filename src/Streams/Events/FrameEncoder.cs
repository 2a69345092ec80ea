using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Malten.Streams.Values;

namespace Malten.Streams.Events;

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

    /// <summary>The frame of an event that is not a message.</summary>
    public static Frame Encode(Notice notice, Timestamp created) => Encode(KindOf(notice), Timestamp.None,
        new StreamEvent<Notice>(Guid.CreateVersion7(), "event", created, notice), WireJson.Default.StreamEventNotice);

    /// <summary>A command's frame.</summary>
    public static Frame Encode(Command command) => Encode(FrameKind.Event, Timestamp.None,
        new StreamEvent<CommandPayload>(command.Id, "command", command.Created,
            new CommandPayload(command.Prompt, command.Address.Name.Value)), WireJson.Default.StreamEventCommandPayload);

    private static FrameKind KindOf(Notice notice) => notice.Name switch
    {
        NoticeName.Presence => FrameKind.Passing,
        NoticeName.Expired => FrameKind.End,
        _ => FrameKind.Event,
    };

    private static Frame Encode<T>(FrameKind kind, Timestamp timestamp, StreamEvent<T> content, JsonTypeInfo<StreamEvent<T>> type)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(2048);
        buffer.ResetWrittenCount();
        if (!timestamp.IsNone) WriteId(buffer, timestamp);
        buffer.Write("data: "u8);
        var json = _json ??= new Utf8JsonWriter(buffer, WireJson.Writing);
        json.Reset(buffer);
        JsonSerializer.Serialize(json, content, type);
        buffer.Write("\n\n"u8);
        return new Frame(kind, timestamp, content.Id, buffer.WrittenSpan.ToArray());
    }

    private static void WriteId(ArrayBufferWriter<byte> buffer, Timestamp timestamp)
    {
        buffer.Write("id: "u8);
        buffer.Advance(timestamp.Format(buffer.GetSpan(Timestamp.MaxDigits)));
        buffer.Write("\n"u8);
    }
}
