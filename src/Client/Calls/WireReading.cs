using System.Text.Json;

namespace Malten.Client;

/// <summary>Makes what callers see of what is on the wire.</summary>
internal static class WireReading
{
    /// <summary>The item that an event is; null for kinds that this version does not know.</summary>
    /// <exception cref="JsonException">A member is missing.</exception>
    public static StreamItem? ToItem(this WireEvent one, Uri node) => one.Type switch
    {
        "message" => one.Content.ToMessage(),
        "command" => one.ToCommand(),
        "signal" => one.Content.ToSignal(),
        "event" => one.Content.ToEvent(node, one.Created),
        null => throw Missing("Type"),
        _ => null,
    };

    public static Message ToMessage(this WirePayload from) => new()
    {
        Id = from.Id ?? throw Missing("Id"), Text = from.Text ?? throw Missing("Text"),
        Created = new Timestamp(from.Created ?? throw Missing("Created")), Stream = from.Stream ?? throw Missing("Stream"),
        User = from.User, ReplyTo = from.ReplyTo,
    };

    public static Command ToCommand(this WireEvent from) => new()
    {
        Id = from.Id, Created = new Timestamp(from.Created),
        Prompt = from.Content.Prompt ?? throw Missing("Prompt"), Stream = from.Content.Stream ?? throw Missing("Stream"),
    };

    public static Presence ToPresence(this WirePayload from) => new(
        from.Observers ?? throw Missing("Observers"),
        [.. (from.Users ?? []).Select(user => new PresentUser(user?.User ?? throw Missing("User"), PresenceStatuses.FromWire(user.Status)))],
        Whole(from.Listeners ?? [], "Listeners"))
    {
        NamesListeners = from.Listeners is not null,
    };

    public static BegunStream ToStream(this WireBegun from) =>
        new(from.Stream ?? throw Missing("stream"), from.Private, TimeSpan.FromSeconds(from.Ttl), from.Keep);

    public static Pipe ToPipe(this WireBegun from) => new(from.Stream ?? throw Missing("stream"),
        from.Seats is { Length: 2 } seats ? Whole(seats, "seats") : throw Missing("seats"), TimeSpan.FromSeconds(from.Ttl));

    public static ListedStream ToListing(this WireListed from, string stream) => new(
        stream, new Timestamp(from.Created), new Timestamp(from.Updated), TimeSpan.FromSeconds(from.Ttl), from.Messages, from.Observers);

    private static Signal ToSignal(this WirePayload from) => new()
    {
        Stream = from.Stream ?? throw Missing("Stream"), From = from.From ?? throw Missing("From"),
        To = from.To, Text = from.Text ?? throw Missing("Text"),
    };

    private static StreamItem? ToEvent(this WirePayload from, Uri node, long created) => from.Name switch
    {
        "open" => from.ToOpened(node, created),
        "presence" => new PresenceChanged(from.Of(), from.ToPresence()),
        "left" => new ListenerLeft(from.Of(), from.Listener ?? throw Missing("Listener")),
        "gap" => new Gap(from.Of()),
        "expired" => new Expired(from.Of()),
        "answering" => new Answering { Stream = from.Of(), Command = from.Command ?? throw Missing("Command"), Text = from.Text ?? "" },
        "failed" => new CommandFailed { Stream = from.Of(), Command = from.Command ?? throw Missing("Command"), Reason = from.Reason ?? "" },
        "closed" => new Dismissed(from.Reason ?? ""),
        null => throw Missing("Name"),
        _ => null,
    };

    private static Opened ToOpened(this WirePayload from, Uri node, long created) => new()
    {
        Node = node, Session = from.Session ?? throw Missing("Session"), Listener = from.Listener, At = new Timestamp(created),
        Streams = Whole(from.Streams ?? throw Missing("Streams"), "Streams"),
        Lives = [.. (from.Lives ?? []).Select(life => new StreamLife(life?.Stream ?? throw Missing("Stream"),
            TimeSpan.FromSeconds(life.Ttl), life.Keep, life.Ends is { } ends ? new Timestamp(ends) : null))],
    };

    private static string[] Whole(string?[] list, string member) => [.. list.Select(one => one ?? throw Missing(member))];

    private static string Of(this WirePayload from) => from.Stream ?? throw Missing("Stream");

    private static JsonException Missing(string member) => new($"The member {member} is missing.");
}
