namespace Malten.Streams;

/// <summary>The payload of an event that is not a message; members are spelled as on the wire, null ones are left out.</summary>
public sealed record Notice
{
    /// <summary>The connection is open: always the first event.</summary>
    public const string Open = "open";

    /// <summary>Who listens has changed.</summary>
    public const string Presence = "presence";

    /// <summary>The stream has ended.</summary>
    public const string Expired = "expired";

    /// <summary>Something that the reader has not heard is gone.</summary>
    public const string Gap = "gap";

    /// <summary>A command is being worked on.</summary>
    public const string Answering = "answering";

    /// <summary>A command could not be answered.</summary>
    public const string Failed = "failed";

    /// <summary>Which of the six events it is.</summary>
    public required string Name { get; init; }

    /// <summary>The stream it is about; null for <c>open</c>, which is about the connection.</summary>
    public string? Stream { get; init; }

    /// <summary>With <c>open</c>: the secret of this connection.</summary>
    public string? Session { get; init; }

    /// <summary>With <c>open</c>: what this connection hears.</summary>
    public IReadOnlyList<string>? Streams { get; init; }

    /// <summary>With <c>presence</c>: see <see cref="Streams.Presence.Observers"/>.</summary>
    public int? Observers { get; init; }

    /// <summary>With <c>presence</c>: see <see cref="Streams.Presence.Users"/>.</summary>
    public IReadOnlyList<PresentUser>? Users { get; init; }

    /// <summary>With <c>answering</c> and <c>failed</c>: the id of the command.</summary>
    public Guid? Command { get; init; }

    /// <summary>With <c>failed</c>: why, in words for people.</summary>
    public string? Reason { get; init; }
}
