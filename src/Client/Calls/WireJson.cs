using System.Text.Json;
using System.Text.Json.Serialization;

namespace Malten.Client;

/// <summary>The JSON of the wire contract. Unknown members are ignored, since later versions may have more.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WireEvent))]
[JsonSerializable(typeof(WirePayload))]
[JsonSerializable(typeof(WireProblem))]
[JsonSerializable(typeof(WireBegun))]
[JsonSerializable(typeof(WireListed))]
internal sealed partial class WireJson : JsonSerializerContext;

/// <summary>The envelope of an event.</summary>
internal sealed record WireEvent(Guid Id, string? Type, long Created, WirePayload? Payload)
{
    public WirePayload Content => Payload ?? throw new JsonException("An event has no payload.");
}

/// <summary>All members that payloads, messages and presences have; each kind has some of them. Any list may have nulls in it.</summary>
internal sealed record WirePayload
{
    public Guid? Id { get; init; }

    public string? Text { get; init; }

    public long? Created { get; init; }

    public string? Stream { get; init; }

    public string? User { get; init; }

    public Guid? ReplyTo { get; init; }

    public string? Name { get; init; }

    public string? Prompt { get; init; }

    public Guid? Command { get; init; }

    public string? Reason { get; init; }

    public string? Session { get; init; }

    public string? Listener { get; init; }

    public string?[]? Streams { get; init; }

    public WireLife?[]? Lives { get; init; }

    public int? Observers { get; init; }

    public WireUser?[]? Users { get; init; }

    public string?[]? Listeners { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }
}

internal sealed record WireUser(string? User, string? Status);

internal sealed record WireLife(string? Stream, int Ttl, int Keep, long? Ends);

internal sealed record WireListed(long Created, long Updated, int Ttl, int Messages, int Observers);

/// <summary>The answers of <c>POST /streams</c> and <c>POST /pipes</c>.</summary>
internal sealed record WireBegun
{
    [JsonPropertyName("stream")] public string? Stream { get; init; }

    [JsonPropertyName("private")] public bool Private { get; init; }

    [JsonPropertyName("ttl")] public int Ttl { get; init; }

    [JsonPropertyName("keep")] public int Keep { get; init; } = 1024;

    [JsonPropertyName("seats")] public string?[]? Seats { get; init; }
}

/// <summary>RFC 9457, with <c>param</c>.</summary>
internal sealed record WireProblem
{
    [JsonPropertyName("title")] public string? Title { get; init; }

    [JsonPropertyName("detail")] public string? Detail { get; init; }

    [JsonPropertyName("param")] public string? Param { get; init; }
}
