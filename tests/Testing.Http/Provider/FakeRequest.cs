using System.Text.Json;

namespace Malten.Testing.Provider;

/// <summary>A request that reached a <see cref="FakeProvider"/>.</summary>
public sealed record FakeRequest(string Authorization, JsonElement Body)
{
    /// <summary>The lines of data that follow the system prompt, each read as JSON, as <c>kind from: text</c>.</summary>
    public IReadOnlyList<string> Turns => [.. Lines.Select(line =>
        $"{Member(line, "kind")}{(Member(line, "from") is { } from ? " " + from : "")}: {Member(line, "text")}")];

    /// <summary>The question.</summary>
    public string Prompt => Member(Lines[^1], "text")!;

    /// <summary>The lines of data.</summary>
    public IReadOnlyList<JsonElement> Lines => [.. Messages.Skip(1).Single()["user: ".Length..].Split('\n')
        .Select(line => JsonSerializer.Deserialize<JsonElement>(line))];

    /// <summary>Whether the answer is to come piece by piece, and to say at its end what it cost.</summary>
    public bool AsksForUsage => Body.GetProperty("stream").GetBoolean()
        && Body.GetProperty("stream_options").GetProperty("include_usage").GetBoolean();

    /// <summary>All messages as <c>role: content</c>.</summary>
    public IReadOnlyList<string> Messages => [.. Body.GetProperty("messages").EnumerateArray()
        .Select(message => $"{message.GetProperty("role").GetString()}: {ContentOf(message.GetProperty("content"))}")];

    private static string? Member(JsonElement line, string name) => line.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string? ContentOf(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()
        : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
}
