using System.Globalization;
using Malten.Streams.Bytes;
using Malten.Streams.Events;
using Malten.Streams.Feeds;
using Malten.Streams.Listeners;
using Malten.Streams.Values;

namespace Malten.Gateway.Requests;

/// <summary>The parameters of the wire contract.</summary>
internal static class Parameters
{
    public static readonly Parameter<StreamName> Stream = new("stream",
        "The stream's name: 1–128 characters, NFC, none of '/ ? #'. Without it: '_'.", "foo",
        (value, _) => StreamName.Parse(value));

    public static readonly Parameter<MessageText> Message = new("message",
        $"The text: 1–{StreamLimits.TextLength} characters; up to {StreamLimits.EncryptedLength} when it begins with "
        + $"'{MessageText.EncryptedPrefix}' and continues in base64url. Also read as 'text'.", "hello",
        MessageText.Parse, Alias: "text");

    public static readonly Parameter<UserLabel> User = new("user",
        "The label to show as the author, 1–32 characters; not an identity.", "ann",
        (value, _) => UserLabel.Parse(value));

    public static readonly Parameter<Guid> Id = new("id",
        "A UUID made by the client: a post that is repeated with the same one is stored once.", "0199d9d0-0000-7000-8000-000000000000",
        (value, name) => Guid.TryParse(value, out var id) ? id : throw Bad(name, "a UUID"));

    public static readonly Parameter<string?> Seat = new("seat",
        "Required for a pipe: one of its two secrets.", "pBXs3U3mTtW0q2mS6zVbJw", (value, _) => value);

    public static readonly Parameter<int> Channel = new("channel",
        $"Which channel of the pipe: 0–{ByteLimits.Channels - 1}.", "0", (value, name) => (int)Whole(value, name, 0, ByteLimits.Channels - 1));

    public static readonly Parameter<bool> More = new("more",
        "Whether the channel stays open for another body after this one.", "true", ReadBoolean);

    public static readonly Parameter<TimeToLive> Ttl = new("ttl",
        "How long the stream lives after its last message, in seconds: 1–86400.", "1024",
        (value, name) => TimeToLive.FromSeconds(Whole(value, name, long.MinValue, long.MaxValue)));

    public static readonly Parameter<Retention> Keep = new("keep",
        "How many of the newest messages the servers hold: 0–1024. With 0, a message goes to whoever listens and is then forgotten.", "1024",
        (value, name) => Retention.FromMessages(Whole(value, name, long.MinValue, long.MaxValue)));

    public static readonly Parameter<bool> Private = new("private",
        "Whether the stream stays off the public list.", "false", ReadBoolean);

    public static readonly Parameter<int> Limit = new("limit",
        "The most entries to return: 1–1024.", "25", (value, name) => (int)Whole(value, name, 1, 1024));

    public static readonly Parameter<PageDirection> Direction = new("direction",
        "1: oldest first; -1: newest first.", "1",
        (value, name) => value switch
        {
            "1" => PageDirection.Forward,
            "-1" => PageDirection.Backward,
            _ => throw Bad(name, "1 or -1"),
        });

    public static readonly Parameter<Timestamp> Last = new("last",
        "The timestamp after which (or, backwards, before which) to read, exclusive.", "1795219513081506816",
        (value, name) => Moment(value, name));

    public static readonly Parameter<Timestamp[]?> Cursor = new("last",
        "The cursor from which to resume, as 'id:' gave it; the header Last-Event-ID takes precedence.",
        "1795219513081506816", ReadCursor);

    public static readonly Parameter<Timestamp[]?> LastEventId = Cursor with
    {
        Name = "Last-Event-ID",
        Description = "As 'last'; EventSource sends it when it reconnects.",
    };

    public static readonly Parameter<string> Prefix = new("prefix",
        "Only streams whose names begin with this.", "fo", (value, _) => value);

    public static readonly Parameter<string> Session = new("session",
        "The secret of an open connection, from its 'open' event.", "0vH1hJmJ6wN0v6m8lYp1jA",
        (value, _) => value);

    public static readonly Parameter<string?> To = new("to",
        "The 'Listener' that it is for; without it, all who listen.", "Qm3kq0rJxW8uT5cV7yZ2bA", (value, _) => value);

    public static readonly Parameter<PresenceStatus> Status = new("status",
        "online, away or typing.", "typing",
        (value, name) => value switch
        {
            "online" => PresenceStatus.Online,
            "away" => PresenceStatus.Away,
            "typing" => PresenceStatus.Typing,
            _ => throw Bad(name, "online, away or typing"),
        });

    public static readonly Parameter<string> Prompt = new("prompt",
        "The question or instruction: 1–1024 characters.", "What did we agree on?", Command.CheckPrompt);

    private static bool ReadBoolean(string value, string name) => value switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw Bad(name, "true or false"),
    };

    private static Timestamp[] ReadCursor(string value, string name)
    {
        var parts = value.Split(',');
        return parts.Length <= StreamLimits.StreamsPerListener
            ? [.. parts.Select(part => Moment(part, name))]
            : throw Bad(name, $"at most {StreamLimits.StreamsPerListener} timestamps");
    }

    private static Timestamp Moment(string value, string name) => new(Whole(value, name, 0, long.MaxValue));

    private static long Whole(string value, string name, long least, long most) =>
        long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number >= least && number <= most
            ? number
            : throw Bad(name, most < long.MaxValue ? $"a whole number from {least} to {most}" : "a whole number");

    private static StreamRefusedException Bad(string name, string expected) =>
        new(Refusal.BadValue, $"'{name}' must be {expected}.", name);
}
