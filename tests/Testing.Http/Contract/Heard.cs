using System.Text.Json;

namespace Malten.Testing.Contract;

/// <summary>One event as a listener got it.</summary>
/// <param name="Event">What <c>event:</c> said; <c>message</c> where it was not sent.</param>
/// <param name="Id">What <c>id:</c> said with this event, or null.</param>
/// <param name="Json">The envelope.</param>
public sealed record Heard(string Event, string? Id, JsonElement Json)
{
    public string Type => Json.GetProperty("Type").GetString()!;

    public JsonElement Payload => Json.GetProperty("Payload");

    /// <summary>The name of an event that is not a message, else null.</summary>
    public string? Name => Type == "event" ? Payload.GetProperty("Name").GetString() : null;

    public string Stream => Payload.GetProperty("Stream").GetString()!;

    public string Text => Payload.GetProperty("Text").GetString()!;

    public long Created => Json.GetProperty("Created").GetInt64();
}
