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
        new StreamEvent<Notice>(Guid.CreateVersion7(), "event", created, notice), WireJson.Default.StreamEventNotice, notice.Command);

    /// <summary>A command's frame.</summary>
    public static Frame Encode(Command command) => Encode(FrameKind.Event, Timestamp.None,
        new StreamEvent<CommandPayload>(command.Id, "command", command.Created,
            new CommandPayload(command.Prompt, command.Address.Name.Value)), WireJson.Default.StreamEventCommandPayload);

    /// <summary>A signal's frame, which is written to connections and takes no place in a feed.</summary>
    public static Frame Encode(Signal signal, string from, Timestamp created) => Encode(FrameKind.Passing, Timestamp.None,
        new StreamEvent<SignalPayload>(Guid.CreateVersion7(), "signal", created,
            new SignalPayload(signal.Address.Name.Value, from, signal.To, signal.Text.Value)), WireJson.Default.StreamEventSignalPayload) with
    {
        Client = signal.Client,
    };

    private static FrameKind KindOf(Notice notice) => notice.Name switch
    {
        NoticeName.Presence => FrameKind.Passing,
        NoticeName.Expired => FrameKind.End,
        NoticeName.Answering when notice.Text is not null => FrameKind.Growing,
        _ => FrameKind.Event,
    };

    private static Frame Encode<T>(
        FrameKind kind, Timestamp timestamp, StreamEvent<T> content, JsonTypeInfo<StreamEvent<T>> type, Guid? command = null)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(2048);
        try
        {
            if (!timestamp.IsNone) WriteId(buffer, timestamp);
            buffer.Write("data: "u8);
            var json = _json ??= new Utf8JsonWriter(buffer, WireJson.Writing);
            json.Reset(buffer);
            JsonSerializer.Serialize(json, content, type);
            buffer.Write("\n\n"u8);
            return new Frame(kind, timestamp, command ?? content.Id, buffer.WrittenSpan.ToArray());
        }
        finally
        {
            buffer.Clear(); // overwrites it: nothing else may keep what was said
        }
    }

    private static void WriteId(ArrayBufferWriter<byte> buffer, Timestamp timestamp)
    {
        buffer.Write("id: "u8);
        buffer.Advance(timestamp.Format(buffer.GetSpan(Timestamp.MaxDigits)));
        buffer.Write("\n"u8);
    }
}
