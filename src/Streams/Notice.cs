namespace Malten.Streams;

/// <summary>The payload of an event that is not a message; members are spelled as on the wire, null ones are left out.</summary>
public sealed record Notice
{
    /// <summary><c>open</c>, <c>presence</c>, <c>expired</c>, <c>gap</c>, <c>answering</c> or <c>failed</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The stream it is about; null for <c>open</c>, which is about the connection.</summary>
    public string? Stream { get; init; }

    /// <summary>With <c>open</c>: the secret of this connection.</summary>
    public string? Session { get; init; }

    /// <summary>With <c>open</c>: what this connection hears.</summary>
    public IReadOnlyList<string>? Streams { get; init; }

    /// <summary>With <c>presence</c>: see <see cref="Presence.Observers"/>.</summary>
    public int? Observers { get; init; }

    /// <summary>With <c>presence</c>: see <see cref="Presence.Users"/>.</summary>
    public IReadOnlyList<PresentUser>? Users { get; init; }

    /// <summary>With <c>answering</c> and <c>failed</c>: the id of the command.</summary>
    public Guid? Command { get; init; }

    /// <summary>With <c>failed</c>: why, in words for people.</summary>
    public string? Reason { get; init; }
}
