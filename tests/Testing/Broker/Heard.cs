using System.Text.Json;

namespace Malten.Testing;

/// <summary>A server-sent event as a listener got it.</summary>
public sealed record Heard(string? Id, JsonElement Json)
{
    public string Type => Json.GetProperty("Type").GetString()!;

    public JsonElement Payload => Json.GetProperty("Payload");

    /// <summary>The text of a message, otherwise the event's name in brackets, the prompt of a command, or the text of a signal.</summary>
    public string Said => Type switch
    {
        "message" => Payload.GetProperty("Text").GetString()!,
        "command" => $"[command {Payload.GetProperty("Prompt").GetString()}]",
        "signal" => $"[signal {Payload.GetProperty("Text").GetString()}]",
        _ => $"[{Payload.GetProperty("Name").GetString()}]",
    };
}
