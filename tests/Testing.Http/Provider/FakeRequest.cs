using System.Text.Json;

namespace Malten.Testing.Provider;

/// <summary>A request that reached a <see cref="FakeProvider"/>.</summary>
public sealed record FakeRequest(string Authorization, JsonElement Body)
{
    /// <summary>The messages as <c>role: content</c>, without the system prompt.</summary>
    public IReadOnlyList<string> Turns => [.. Messages.Skip(1)];

    /// <summary>The last message's content.</summary>
    public string Prompt => Messages[^1]["user: ".Length..];

    /// <summary>All messages as <c>role: content</c>.</summary>
    public IReadOnlyList<string> Messages => [.. Body.GetProperty("messages").EnumerateArray()
        .Select(message => $"{message.GetProperty("role").GetString()}: {ContentOf(message.GetProperty("content"))}")];

    private static string? ContentOf(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()
        : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
}
