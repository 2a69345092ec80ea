using System.Text.Json.Serialization;
using Malten.Streams.Listeners;

namespace Malten.Streams.Events;

/// <summary>The payload of an event that is not a message; members are spelled as on the wire, null ones are left out.</summary>
public sealed record Notice
{
    /// <summary>Which event it is.</summary>
    public required NoticeName Name { get; init; }

    /// <summary>The stream that it concerns; null for <see cref="NoticeName.Open"/>, which concerns the connection.</summary>
    public string? Stream { get; init; }

    /// <summary>With <see cref="NoticeName.Open"/>: the secret of this connection.</summary>
    public string? Session { get; init; }

    /// <summary>
    /// With <see cref="NoticeName.Open"/>: the public handle of this connection. With <see cref="NoticeName.Left"/>: that of the
    /// one that has gone.
    /// </summary>
    public string? Listener { get; init; }

    /// <summary>With <see cref="NoticeName.Open"/>: the streams that this connection hears.</summary>
    public IReadOnlyList<string>? Streams { get; init; }

    /// <summary>With <see cref="NoticeName.Open"/>: the lives of those of them that are in use.</summary>
    public IReadOnlyList<StreamLife>? Lives { get; init; }

    /// <summary>With <see cref="NoticeName.Presence"/>: see <see cref="Presence.Observers"/>.</summary>
    public int? Observers { get; init; }

    /// <summary>With <see cref="NoticeName.Presence"/>: see <see cref="Presence.Users"/>.</summary>
    public IReadOnlyList<PresentUser>? Users { get; init; }

    /// <summary>With <see cref="NoticeName.Presence"/>: see <see cref="Presence.Listeners"/>.</summary>
    public IReadOnlyList<string>? Listeners { get; init; }

    /// <summary>With <see cref="NoticeName.Answering"/> and <see cref="NoticeName.Failed"/>: the id of the command.</summary>
    public Guid? Command { get; init; }

    /// <summary>
    /// With <see cref="NoticeName.Answering"/>: the answer as far as it has been written; null before its first word.
    /// </summary>
    [JsonConverter(typeof(TextConverter))]
    public string? Text { get; init; }

    /// <summary>With <see cref="NoticeName.Failed"/> and <see cref="NoticeName.Closed"/>: the reason, as users are told it.</summary>
    public string? Reason { get; init; }
}

/// <summary>The events that are not messages, as the wire contract names them.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<NoticeName>))]
public enum NoticeName
{
    /// <summary>The connection is open: always the first event.</summary>
    [JsonStringEnumMemberName("open")] Open,

    /// <summary>The listeners, or the status of one, have changed.</summary>
    [JsonStringEnumMemberName("presence")] Presence,

    /// <summary>A listener has gone, from a stream that names its listeners.</summary>
    [JsonStringEnumMemberName("left")] Left,

    /// <summary>The stream has ended.</summary>
    [JsonStringEnumMemberName("expired")] Expired,

    /// <summary>The listener has missed something that is no longer held.</summary>
    [JsonStringEnumMemberName("gap")] Gap,

    /// <summary>A command is being worked on.</summary>
    [JsonStringEnumMemberName("answering")] Answering,

    /// <summary>A command could not be answered.</summary>
    [JsonStringEnumMemberName("failed")] Failed,

    /// <summary>This connection had to give way to another: it is about to end.</summary>
    [JsonStringEnumMemberName("closed")] Closed,
}
