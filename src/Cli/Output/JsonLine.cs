using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Malten.Client;

namespace Malten.Cli.Output;

/// <summary>JSON for scripts: messages and streams with the members of the wire contract, events with those of their payload.</summary>
internal static class JsonLine
{
    /// <summary>Only what JSON requires is escaped; control characters always are.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>An item; null for those about the connection, which are not part of a stream.</summary>
    public static string? Of(StreamItem item) => item switch
    {
        Message message => Write(json => Write(json, message)),
        Malten.Client.Command command => Write(json =>
        {
            json.WriteString("Id", command.Id);
            json.WriteString("Type", "command");
            json.WriteNumber("Created", command.Created.Nanoseconds);
            json.WriteString("Prompt", command.Prompt);
            json.WriteString("Stream", command.Stream);
        }),
        Gap gap => Event("gap", gap.Stream),
        Expired expired => Event("expired", expired.Stream),
        PresenceChanged changed => Event("presence", changed.Stream, json => Write(json, changed.Presence)),
        Answering answering => Event("answering", answering.Stream, json =>
        {
            json.WriteString("Command", answering.Command);
            json.WriteString("Text", answering.Text);
        }),
        CommandFailed failed => Event("failed", failed.Stream, json =>
        {
            json.WriteString("Command", failed.Command);
            json.WriteString("Reason", failed.Reason);
        }),
        _ => OfEncrypted(item),
    };

    /// <summary>An item of an encrypted stream or a pipe.</summary>
    private static string? OfEncrypted(StreamItem item) => item switch
    {
        EncryptedMessage message => Write(json => Write(json, message)),
        PipeMessage message => Write(json =>
        {
            Write(json, new Message { Id = message.Id, Text = message.Text, Created = message.Created, Stream = "", User = message.Name });
            json.WriteNumber("Number", message.Number);
            json.WriteNumber("Written", message.Written.ToUnixTimeMilliseconds());
            WriteFindings(json, FindingWords.Names(message.Findings));
        }),
        PipeOpened opened => Event("opened", "", json =>
        {
            json.WriteString("SafetyCode", opened.SafetyCode);
            json.WriteBoolean("Hybrid", opened.IsHybrid);
        }),
        PipeClosed closed => Event("closed", "", json =>
        {
            json.WriteString("Reason", closed.Reason.ToString().ToLowerInvariant());
            json.WriteNumber("Missing", closed.Missing);
        }),
        PipeWarning warning => Event("warning", "", json => json.WriteString("Reason", warning.Reason.ToString().ToLowerInvariant())),
        FindingsChanged changed => Write(json =>
        {
            json.WriteString("Type", "event");
            json.WriteString("Name", "findings");
            json.WriteString("Id", changed.Message.Id);
            WriteFindings(json, FindingWords.Names(changed.Message.Findings));
        }),
        UnencryptedMessage => Event("refused", "", json => json.WriteString("Reason", "(not encrypted)")),
        UnreadableMessage => Event("refused", "", json => json.WriteString("Reason", $"{item}")),
        _ => OfTrace(item),
    };

    /// <summary>An item of a stream that leaves no trace.</summary>
    private static string? OfTrace(StreamItem item) => item switch
    {
        AuthorLeft left => Event("gone", "", json =>
        {
            json.WriteString("Author", left.Author);
            if (left.Name is { } name) json.WriteString("User", name);
            WriteIds(json, left.Messages);
        }),
        MessageDisplaced displaced => Event("displaced", "", json => WriteIds(json, [displaced.Message])),
        HistoryIncomplete incomplete => Event("incomplete", incomplete.Stream),
        HeldByServer held => Event("held", held.Stream, json => WriteIds(json, held.Message is { } id ? [id] : [])),
        _ => null,
    };

    /// <summary>A stream of the list, with its name.</summary>
    public static string Of(ListedStream stream) => Write(json =>
    {
        json.WriteString("Stream", stream.Stream);
        json.WriteNumber("Created", stream.Created.Nanoseconds);
        json.WriteNumber("Updated", stream.Updated.Nanoseconds);
        json.WriteNumber("Ttl", (long)stream.Ttl.TotalSeconds);
        json.WriteNumber("Messages", stream.Messages);
        json.WriteNumber("Observers", stream.Observers);
    });

    /// <summary>What a link opens.</summary>
    /// <param name="text">The whole link with its key, where that was asked for.</param>
    public static string Of(MaltenLink link, string? text = null) => Write(json =>
    {
        json.WriteString("Kind", link switch { EncryptedLink => "encrypted", TraceLink => "trace", PipeLink => "pipe", _ => "open" });
        json.WriteString("Stream", link.Stream);
        if (link is EncryptedLink encrypted) json.WriteString("Label", encrypted.Label);
        if (link is TraceLink trace) json.WriteString("Label", trace.Label);
        if (link.Node is { } node) json.WriteString("Node", node.ToString());
        if (text is not null) json.WriteString("Link", text);
    });

    private static void Write(Utf8JsonWriter json, Message message)
    {
        json.WriteString("Id", message.Id);
        json.WriteString("Type", "message");
        json.WriteString("Text", message.Text);
        json.WriteNumber("Created", message.Created.Nanoseconds);
        if (message.Stream.Length > 0) json.WriteString("Stream", message.Stream);
        if (message.User is { } user) json.WriteString("User", user);
        if (message.ReplyTo is { } command) json.WriteString("ReplyTo", command);
    }

    /// <summary>As other messages, with what only its author can have said.</summary>
    private static void Write(Utf8JsonWriter json, EncryptedMessage message)
    {
        Write(json, new Message { Id = message.Id, Text = message.Text, Created = message.Created, Stream = message.Stream, User = message.Name });
        json.WriteString("Author", message.Author);
        json.WriteBoolean("Own", message.IsOwn);
        if (message.IsHandedOver) json.WriteBoolean("HandedOver", true);
        json.WriteNumber("Written", message.Written.ToUnixTimeMilliseconds());
        WriteFindings(json, FindingWords.Names(message.Findings));
    }

    private static void WriteFindings(Utf8JsonWriter json, IEnumerable<string> names)
    {
        json.WriteStartArray("Findings");
        foreach (var name in names) json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static void WriteIds(Utf8JsonWriter json, IEnumerable<Guid> ids)
    {
        json.WriteStartArray("Messages");
        foreach (var id in ids) json.WriteStringValue(id);
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Presence presence)
    {
        json.WriteNumber("Observers", presence.Observers);
        json.WriteStartArray("Users");
        foreach (var user in presence.Users)
        {
            json.WriteStartObject();
            json.WriteString("User", user.User);
            json.WriteString("Status", user.Status switch { PresenceStatus.Away => "away", PresenceStatus.Typing => "typing", _ => "online" });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Event(string name, string stream, Action<Utf8JsonWriter>? more = null) => Write(json =>
    {
        json.WriteString("Type", "event");
        json.WriteString("Name", name);
        if (stream.Length > 0) json.WriteString("Stream", stream);
        more?.Invoke(json);
    });

    private static string Write(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
